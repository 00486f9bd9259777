/* The sections of the configuration, each with its rows. */
#ifndef REEVE_CONFIG_SECTIONS_H
#define REEVE_CONFIG_SECTIONS_H

struct config_section;

const struct config_section *config_sections(void);

const struct config_section *section_find(const char *name);

#endif

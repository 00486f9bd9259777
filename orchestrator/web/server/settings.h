/* A copy of the section "http" of the configuration, so that the old settings stay when new ones
 * can't be applied. */
#ifndef REEVE_WEB_SERVER_SETTINGS_H
#define REEVE_WEB_SERVER_SETTINGS_H

struct config;
struct web_settings;

void web_settings_read(const struct config *config, struct web_settings *settings);
void web_settings_release(struct web_settings *settings);

#endif

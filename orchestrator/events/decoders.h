#ifndef REEVE_EVENTS_DECODERS_H
#define REEVE_EVENTS_DECODERS_H

struct decoder;

const struct decoder *decoder_for(const char *source, const char *detail_type);

#endif

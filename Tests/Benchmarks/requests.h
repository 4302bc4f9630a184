// Signed WhatsApp webhooks, made before a clock starts, so that whoever sends them takes as little of the two cores as it can.
#pragma once
#include <stddef.h>

struct request {
    const char *text; // a whole HTTP request: one text message with an id of its own, from one of the phones
    size_t length;
};

// So many of them, which stay until the process ends.
struct request *make_requests(const char *path, const char *secret, unsigned phones, size_t count);

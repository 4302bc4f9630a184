// Signed WhatsApp webhooks, created before a measurement starts, so that sending them takes as little as possible of the two cores.
#pragma once
#include <stddef.h>

struct request {
    const char *text; // a complete HTTP request: one text message with a unique id, from one of the phones
    size_t length;
};

// Creates this many requests, which are kept until the process ends.
struct request *make_requests(const char *path, const char *secret, unsigned phones, size_t count);

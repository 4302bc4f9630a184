#include "requests.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

static const char body_format[] =
    "{\"object\":\"whatsapp_business_account\",\"entry\":[{\"id\":\"102290129340398\",\"changes\":[{\"value\":{"
    "\"messaging_product\":\"whatsapp\",\"metadata\":{\"display_phone_number\":\"15550783881\",\"phone_number_id\":\"106540352242922\"},"
    "\"contacts\":[{\"profile\":{\"name\":\"Sheena Nelson\"},\"wa_id\":\"%s\"}],\"messages\":[{\"from\":\"%s\",\"id\":\"wamid.%s\","
    "\"timestamp\":\"%lld\",\"type\":\"text\",\"text\":{\"body\":\"Does it come in another color? I would like to have it before the "
    "weekend if that can be done.\"}}]},\"field\":\"messages\"}]}]}";

static const char request_format[] =
    "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Hub-Signature-256: sha256=%s\r\n"
    "Content-Length: %d\r\n\r\n%s";

static void sign(const char *secret, const char *body, int length, char hex[65]) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    if (!HMAC(EVP_sha256(), secret, strlen(secret), (const unsigned char *)body, length, digest, NULL)) abort();
    for (int i = 0; i < 32; i++) {
        hex[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        hex[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    hex[64] = 0;
}

struct request *make_requests(const char *path, const char *secret, unsigned phones, size_t count) {
    struct request *requests = calloc(count, sizeof *requests);
    uint64_t run;
    if (!requests || getrandom(&run, sizeof run, 0) != sizeof run) abort();
    srandom(run);
    for (size_t n = 0; n < count; n++) {
        char phone[16], id[64], body[1024], hex[65], text[2048];
        snprintf(phone, sizeof phone, "9198%08u", (unsigned)random() % phones);
        // The digits of the ids are scattered, as with a provider's ids: messages that are neighbours in time are not neighbours in the
        // index.
        snprintf(id, sizeof id, "HBgM%08X%016llX%08X", (uint32_t)(n * 2654435761u), (unsigned long long)run, (uint32_t)n);
        // A time later than the request, which a server corrects to the present. Thus each message moves its session, as a new message
        // does.
        int length = snprintf(body, sizeof body, body_format, phone, phone, id, (long long)time(NULL) + 3600);
        sign(secret, body, length, hex);
        int whole = snprintf(text, sizeof text, request_format, path, hex, length, body);
        requests[n] = (struct request){strndup(text, whole), whole};
        if (!requests[n].text) abort();
    }
    return requests;
}

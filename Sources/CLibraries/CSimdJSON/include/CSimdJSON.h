#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// A parsed text. Owns everything that its values point into.
typedef struct csj_document csj_document;

/// A value inside a document; valid as long as the document is.
typedef struct {
    const void *document;
    size_t index;
} csj_value;

/// A position in an array or object during iteration.
typedef csj_value csj_cursor;

typedef enum { CSJ_NULL, CSJ_BOOL, CSJ_INT, CSJ_UINT, CSJ_DOUBLE, CSJ_STRING, CSJ_ARRAY, CSJ_OBJECT } csj_kind;

/// Parses a whole text. If the text cannot be parsed otherwise, lone surrogate escapes become U+FFFD and numbers beyond 64 bits
/// become strings. Returns NULL and sets `reason` (a static string) if the text is not JSON.
csj_document *csj_parse(const uint8_t *bytes, size_t length, const char **reason);
void csj_free(csj_document *document);

csj_value csj_root(const csj_document *document);

/// Whether a value was a number beyond 64 bits or a double, which became a string, and whether the document has any such value.
bool csj_has_wide_numbers(const csj_document *document);
bool csj_is_wide_number(const csj_document *document, csj_value value);

csj_kind csj_kind_of(csj_value value);
bool csj_member(csj_value object, const char *key, size_t length, csj_value *out);
size_t csj_count(csj_value container);

csj_cursor csj_array_begin(csj_value array);
bool csj_array_next(csj_value array, csj_cursor *cursor, csj_value *out);
csj_cursor csj_object_begin(csj_value object);
bool csj_object_next(csj_value object, csj_cursor *cursor, const char **key, size_t *key_length, csj_value *out);

const char *csj_string(csj_value value, size_t *length);
int64_t csj_int(csj_value value);
uint64_t csj_uint(csj_value value);
double csj_double(csj_value value);
bool csj_bool(csj_value value);

/// Writes the value as JSON without white space and passes the text to `sink` once.
void csj_minify(csj_value value, void *context, void (*sink)(void *context, const char *text, size_t length));

/// Passes the path of the first repeated member to `sink`, as `data.items[2].id`; false if there is none. The value must not be nested
/// deeper than the caller's stack allows.
bool csj_repeated_name(csj_value value, void *context, void (*sink)(void *context, const char *text, size_t length));

/// Passes a number's literal to `sink`: the first member with this name of the object in the text, which must be parseable. False if that
/// member is not a number.
bool csj_number_literal(
    const uint8_t *bytes, size_t length, const char *key, size_t key_length, void *context,
    void (*sink)(void *context, const char *text, size_t length));

#ifdef __cplusplus
}
#endif

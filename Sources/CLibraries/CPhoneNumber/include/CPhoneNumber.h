#pragma once
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The most bytes of a text that may be a number. The time that libphonenumber takes grows with the cube of the length: 0.4 ms for 64 bytes,
/// 0.2 s for 1,000, a minute for 8,000. Fifteen digits of four bytes each, the longest script's, still fit.
#define CPN_LONGEST 64

/// Reads a telephone number and writes it as E.164 ("+919876543210"), without a final zero byte.
/// `region` (ISO 3166-1 alpha-2) is used for numbers without a country code. `out` holds at least 20 bytes.
/// Returns the length written, or 0 when the text is longer than CPN_LONGEST, is no number of a length that its country has, lacks the area
/// code, or has an extension.
size_t cpn_e164(const char *text, size_t length, const char *region, char *out);

/// Whether `region` (ISO 3166-1 alpha-2, upper case) has telephone numbers.
bool cpn_is_region(const char *region);

#ifdef __cplusplus
}
#endif

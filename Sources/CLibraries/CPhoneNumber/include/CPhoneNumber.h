#pragma once
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/// The most bytes of a text that is parsed; every function below has this limit. libphonenumber's time grows with the cube of the length:
/// 0.4 ms for 64 bytes, 0.2 s for 1,000, a minute for 8,000.
#define CPN_LONGEST 64

/// Parses digits, with or without a leading plus, and writes them as E.164 ("+919876543210"), without a final zero byte.
/// `region` (ISO 3166-1 alpha-2) is used for numbers without a country code. `out` holds at least 20 bytes.
/// `is_possible` is whether its country has numbers of this length, including the area code.
/// Returns the length written, or 0 if the text is longer than CPN_LONGEST, is not a number, or has an extension.
size_t cpn_e164(const char *text, size_t length, const char *region, char *out, bool *is_possible);

/// Whether the country of a number in E.164 has assigned its range, according to libphonenumber.
bool cpn_is_valid(const char *e164, size_t length);

/// Whether digits without a plus are a valid number of `region` in its usual spelling there: with the trunk prefix if the country always
/// uses one, and with nothing else before it.
bool cpn_is_as_written(const char *digits, size_t length, const char *region);

/// Whether `region` (ISO 3166-1 alpha-2, upper case) has telephone numbers.
bool cpn_is_region(const char *region);

#ifdef __cplusplus
}
#endif

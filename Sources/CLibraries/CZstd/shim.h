#pragma once
#include <zstd.h>

// Swift cannot import this macro.

static inline unsigned long long switchboard_zstd_unknown_size(void) { return ZSTD_CONTENTSIZE_UNKNOWN; }

#pragma once
#include <zstd.h>

// A macro that Swift cannot see.

static inline unsigned long long switchboard_zstd_unknown_size(void) { return ZSTD_CONTENTSIZE_UNKNOWN; }

#ifndef C_SCRIPTS_H
#define C_SCRIPTS_H

#include <stddef.h>

/// The script of Config/supabase that has this file name, which is part of the program. It is UTF-8 of `*length` bytes, without a zero at its end.
/// Null where there is none.
const unsigned char *cscripts_text(const char *file, size_t *length);

#endif

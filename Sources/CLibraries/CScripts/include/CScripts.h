#ifndef C_SCRIPTS_H
#define C_SCRIPTS_H

#include <stddef.h>

/// The script of Config/supabase with this file name, as compiled into the program: UTF-8 of `*length` bytes without a final zero byte.
/// Null if there is no such script.
const unsigned char *cscripts_text(const char *file, size_t *length);

#endif

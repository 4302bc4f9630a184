#ifndef C_CONSOLE_H
#define C_CONSOLE_H

#include <stddef.h>

/// The number of files of the console.
size_t cconsole_count(void);

/// The name of a file of the console, such as `app.js`; null from `cconsole_count` on.
const char *cconsole_name(size_t index);

/// The bytes of a file of the console, as compiled into the program, without a final zero byte; null from `cconsole_count` on.
const unsigned char *cconsole_bytes(size_t index, size_t *length);

#endif

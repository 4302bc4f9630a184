#include "CBeforeMain.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

__attribute__((constructor)) void switchboard_open_standard_descriptors(void) {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; descriptor++) {
        if (fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) continue;
        // open() returns the lowest free descriptor, and all lower ones are open by now.
        if (open("/dev/null", O_RDWR) == descriptor) continue;
        static const char reason[] = "switchboard: a standard descriptor is closed and /dev/null cannot be opened in its place\n";
        // If standard error is closed, the message cannot be written, and is lost.
        if (write(STDERR_FILENO, reason, sizeof reason - 1) < 0) {}
        _exit(75);
    }
}

#include "CBeforeMain.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>

static volatile sig_atomic_t received;

static void note(int signal) {
    (void)signal;
    received = 1;
}

__attribute__((constructor)) static void hold(int count, char **arguments) {
    if (count < 2 || strcmp(arguments[1], "serve") != 0) return;
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigaction(SIGHUP, &action, NULL);
}

int switchboard_take_early_hangup(void) {
    int taken = received;
    received = 0;
    return taken;
}

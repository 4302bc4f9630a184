// Makes the slow path of Swift's Mutex known to Thread Sanitizer. The fast path is compiled into our code and instrumented. For a contended
// lock the standard library is called, which is not instrumented, so everything that the mutex guards would be reported as a race.
//
// Linked into the programs of `make sanitize`: the functions have the names of those in libswiftSynchronization, which they call.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define SELF __attribute__((swift_context)) void *self
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"

__attribute__((swiftcall)) void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
__attribute__((swiftcall)) void lock_slow(uint32_t thread, SELF) {
    __attribute__((swiftcall)) void (*library)(uint32_t, SELF) =
        (__attribute__((swiftcall)) void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, LOCK_SLOW);
    library(thread, self);
    __tsan_acquire(self);
}

__attribute__((swiftcall)) bool try_lock_slow(SELF) __asm__(TRY_LOCK_SLOW);
__attribute__((swiftcall)) bool try_lock_slow(SELF) {
    __attribute__((swiftcall)) bool (*library)(SELF) = (__attribute__((swiftcall)) bool (*)(SELF))dlsym(RTLD_NEXT, TRY_LOCK_SLOW);
    bool isLocked = library(self);
    if (isLocked) __tsan_acquire(self);
    return isLocked;
}

__attribute__((swiftcall)) void unlock_slow(SELF) __asm__(UNLOCK_SLOW);
__attribute__((swiftcall)) void unlock_slow(SELF) {
    __attribute__((swiftcall)) void (*library)(SELF) = (__attribute__((swiftcall)) void (*)(SELF))dlsym(RTLD_NEXT, UNLOCK_SLOW);
    __tsan_release(self);
    library(self);
}

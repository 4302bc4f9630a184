#ifndef FAULTY_VFS_H
#define FAULTY_VFS_H

#include <stdint.h>

// Counts SQLite's system calls for the files of one folder, and makes some of them fail. Only for one test at a time, in a separate
// process: memory allocations fail for every connection of the process.

// The calls that can fail.
enum faulty_call {
    FAULTY_OPEN,
    FAULTY_READ,
    // Only of the write-ahead log: for the database file, SQLite takes a short read for the end of the file.
    FAULTY_READ_LOG,
    FAULTY_WRITE,
    FAULTY_TRUNCATE,
    // What was written since the previous sync never reaches the disk.
    FAULTY_SYNC,
    FAULTY_SIZE,
    FAULTY_LOCK,
    FAULTY_SHARED_LOCK,
    FAULTY_SHARED_MAP,
    FAULTY_FETCH,
    FAULTY_DELETE,
    FAULTY_ACCESS,
    FAULTY_ALLOCATE,
    FAULTY_CALL_COUNT
};

// Becomes the default VFS of the process, on top of the previous one. Returns 0, or SQLite's result code.
int faulty_install(void);

// Watches the files of a folder and resets all counts.
void faulty_watch(const char *folder);

// Makes the n-th of these calls fail with a result code and, with `is_lasting`, all later ones as well. With `is_partial`, half of a read
// or write is done first. Counts from 1 again.
void faulty_arm(enum faulty_call call, int code, int is_partial, int64_t n, int is_lasting);

// Lets no more calls fail.
void faulty_disarm(void);

// Calls are counted, and can fail, only while this is on.
void faulty_enable(int is_enabled);

// The number of calls of a kind since `faulty_watch` or `faulty_arm`.
int64_t faulty_calls(enum faulty_call call);

// The number of calls that failed since `faulty_arm`.
int64_t faulty_failures(void);

// Just before the n-th write, truncation, sync or deletion from now on, copies the files to a folder as a power cut could leave them: with
// everything that was synced, and with a part of the later writes, which `seed` selects; 0 selects none, 1 all of them.
void faulty_cut(int64_t n, const char *folder, uint64_t seed);

// Copies the files to a folder as the worst power cut would leave them now, with only what was synced.
void faulty_cut_now(const char *folder);

// Whether the copy of `faulty_cut` was made; cancels it if it was not.
int faulty_end_cut(void);

// The beginning of the next UUID in a text, at `start` or later; `length` if there is none.
int64_t faulty_next_uuid(const char *text, int64_t length, int64_t start);

#endif

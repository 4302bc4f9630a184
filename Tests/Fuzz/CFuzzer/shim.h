#pragma once
#include <stddef.h>
#include <stdint.h>

/// libFuzzer (llvm.org/docs/LibFuzzer.html, read 2026-11-25) for a program with its own `main`.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*callback)(const uint8_t *data, size_t size));

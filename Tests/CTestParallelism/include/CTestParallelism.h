#ifndef CTESTPARALLELISM_H
#define CTESTPARALLELISM_H

/// Runs at most two tests per core at a time. Nothing calls this: it is linked into the tests for its constructor. If all tests ran at
/// once, they would wait for each other for longer than the time-outs under test. A value of SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH
/// in the environment takes precedence.
void switchboard_bound_parallel_tests(void);

#endif

#ifndef CTESTPARALLELISM_H
#define CTESTPARALLELISM_H

/// Runs at most two tests per core at a time. Nothing calls it: it is linked into the tests for its constructor. All tests at once would wait
/// for each other longer than what they test is patient. A value of SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH in the environment holds.
void switchboard_bound_parallel_tests(void);

#endif

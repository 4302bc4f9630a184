#pragma once

/// Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed. A constructor calls it before `main`. Otherwise the next file
/// that the program opens, such as the journal, could become its standard error, and log lines would be written into it.
void switchboard_open_standard_descriptors(void);

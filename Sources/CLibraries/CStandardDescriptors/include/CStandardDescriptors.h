#pragma once

/// Opens whichever of the descriptors 0, 1 and 2 is closed on /dev/null. A constructor calls it before `main`: else the next file that the
/// program opens, such as the journal, would become its standard error, and a line of the log would be written into it.
void switchboard_open_standard_descriptors(void);

#pragma once

/// Opens /dev/null for each of the descriptors 0, 1 and 2 that is closed. A constructor calls it before `main`. Otherwise the next file
/// that the program opens, such as the journal, could become its standard error, and log lines would be written into it.
void switchboard_open_standard_descriptors(void);

/// Whether `switchboard serve` received SIGHUP before it began to listen for this signal, which then asks for a reload; the next call returns
/// 0. Without the constructor that notes it, the signal would end a gateway that has just been started.
int switchboard_take_early_hangup(void);

// What is printed, and whether it got out: a script must not take half an output for all of it. One thread.
#pragma once

#include "busbarctl/exit_code.h"

#include <string>

namespace busbar::ctl {

/// Writes `text` and empties the buffer. False once stdout did not take something, which is complained of the first time: the rest of the
/// output has the same fate.
bool printed(const std::string& text);
/// How the program ends: `exit`, or worse where stdout did not take all that was printed.
Exit ending(Exit exit);

} // namespace busbar::ctl

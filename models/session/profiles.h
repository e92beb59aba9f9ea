// Profiles as the console opens them (transport/profile.h says what is in one). Blocking on disk, for milliseconds; no state.
#pragma once

#include <string>
#include <vector>

namespace busbar::session {

/// Where the folder `profiles` lies: $BUSBAR_CONFIG, else $XDG_CONFIG_HOME/busbar, else ~/.config/busbar.
std::string configDirectory();
/// Names of the profiles there, sorted.
std::vector<std::string> profileNames();

} // namespace busbar::session

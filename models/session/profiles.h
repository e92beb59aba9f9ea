// Profiles as the console opens them (transport/profile.h says what is in one). Blocking on disk, for milliseconds; no state.
#pragma once

#include "base/status.h"

#include <string>
#include <vector>

namespace busbar::session {

/// Where the folder `profiles` lies: $BUSBAR_CONFIG, else $XDG_CONFIG_HOME/busbar, else ~/.config/busbar.
std::string configDirectory();
/// Names of the profiles there, sorted.
std::vector<std::string> profileNames();
/// Writes a new profile of one site there; `folder` holds ca.pem, cert.pem and key.pem. Refused: a name that is taken or no name, a file
/// that is missing, an address without a port.
Status createProfile(const std::string& name, const std::string& site, const std::string& address, const std::string& folder);

} // namespace busbar::session

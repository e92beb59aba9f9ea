#include "session/profiles.h"

#include "transport/profile.h"

namespace busbar::session {

std::string configDirectory() { return transport::configDirectory(); }
std::vector<std::string> profileNames() { return transport::listProfiles(); }

} // namespace busbar::session

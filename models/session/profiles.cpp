#include "session/profiles.h"

#include "transport/profile.h"

namespace busbar::session {

std::string configDirectory() { return transport::configDirectory(); }
std::vector<std::string> profileNames() { return transport::listProfiles(); }

Status createProfile(const std::string& name, const std::string& site, const std::string& address, const std::string& folder) {
    return transport::writeProfile({.name = name, .tls = {folder + "/ca.pem", folder + "/cert.pem", folder + "/key.pem"}, .sites = {{site, address, {}}}});
}

} // namespace busbar::session

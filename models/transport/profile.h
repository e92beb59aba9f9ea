// A profile: whose certificate, and which sites at which addresses. A TOML file under $BUSBAR_CONFIG/profiles (default
// $XDG_CONFIG_HOME/busbar, then ~/.config/busbar). Blocks on disk; no state.
//
//   ca = "ca.pem"          # paths are relative to the profile file
//   cert = "cert.pem"
//   key = "key.pem"
//   [[site]]
//   name = "pdx1"
//   address = "10.0.0.1:7443"
//   title = "Portland"      # optional
#pragma once

#include "transport/credentials.h"

#include <string>
#include <vector>

namespace busbar::transport {

struct SiteAddress {
    std::string name, address, title;
};

struct Profile {
    std::string name, path;
    TlsFiles tls;
    std::vector<SiteAddress> sites; ///< 1..64
};

/// $BUSBAR_CONFIG, else $XDG_CONFIG_HOME/busbar, else ~/.config/busbar.
std::string configDirectory();
/// Names of the profiles there, sorted.
std::vector<std::string> listProfiles();
/// By name, from configDirectory(). The error names the file, the line and the way out.
StatusOr<Profile> loadProfile(const std::string& name);
StatusOr<Profile> loadProfileFile(const std::string& path);
/// A new file under configDirectory(); never over an old one, and only when it can be loaded again.
Status writeProfile(const Profile& profile);

} // namespace busbar::transport

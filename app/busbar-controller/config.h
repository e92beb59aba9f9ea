// controller.toml: who this controller is and where its files are. Relative paths are relative to the file.
#pragma once

#include "base/status.h"
#include "domain/action.h"

#include <map>
#include <string>
#include <vector>

namespace busbar::controller {

struct Config {
    std::string site, name;
    std::string listen;               ///< "host:port"; port 0: any free one
    std::string enrolListen;          ///< empty: no enrolment port
    std::string statePath;            ///< SQLite file
    std::string ca, cert, key;        ///< PEM files of this controller
    std::string siteCaCert, siteCaKey; ///< for enrolment; both or none
    std::string logPath;              ///< empty: stderr
    std::string healthPath;           ///< the site's own health rows; empty: the embedded tables alone
    std::string thresholdsPath;       ///< the site's own burn-in thresholds; empty: the embedded rows alone
    bool newNodesReady = true;        ///< `new_nodes = "ready"`; "discovered": live nodes have to be provisioned before use
    bool approval = true;             ///< plans over the threshold wait for a second person
    /// How fast actions go and what stops them (lifecycle.md §2.3, §2.4): [limits], [waves], [breaker], [site_breaker].
    struct Pace {
        std::int64_t concurrent = 64, perPdu = 16, perLeaf = 32;          ///< nodes worked on at a time
        std::int64_t approvalNodes = 32;                                  ///< more need a second person
        std::int64_t wavesFromNodes = 8, firstWaveNodes = 1, secondWavePercent = 5; ///< smaller actions go in one wave
        std::int64_t breakerFailures = 3, breakerPercent = 10;            ///< of a wave
        std::int64_t sitePercent = 50, siteNodes = 10, siteMinutes = 5;   ///< the site-wide breaker; percent 100: none
    } pace;
    std::string baselineDriver;              ///< `[baseline] driver`: what a node must run to be leased; empty: any
    std::map<std::string, std::string> baselineVbios; ///< `[baseline.vbios]`: by NVML's name of the GPU's model
    std::int64_t leaseGraceMinutes = 60;     ///< `[lease_end] grace_minutes`: from a lease's end to its release by the controller
    DeadlinePolicy leaseEndPolicy = DeadlinePolicy::wait; ///< `[lease_end] at_deadline`
    std::map<std::string, std::vector<std::string>> roles; ///< seeds, written when the store has none for that user
};

/// Errors name the file, the key and what it should be.
StatusOr<Config> loadConfig(const std::string& path);

} // namespace busbar::controller

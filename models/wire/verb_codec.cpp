#include "busbar/v1/common.pb.h"
#include "wire/bounds.h"
#include "wire/codec.h"

namespace busbar::wire {
namespace {

constexpr double kLargestValue = 1e18;
constexpr std::int64_t kMaxFleet = 10'000'000; // GPUs; ten times what is planned for.
constexpr std::int64_t kLargestPowerWatts = 10'000, kLargestClockMhz = 10'000;

void encodeSettings(const GpuSettings& from, v1::GpuSettings* to) {
    if (from.persistence) to->set_persistence(*from.persistence);
    if (from.mig) to->set_mig(*from.mig);
    if (from.ecc) to->set_ecc(*from.ecc);
    if (from.computeMode) to->set_compute_mode(*from.computeMode);
    if (from.powerLimitWatts) to->set_power_limit_watts(*from.powerLimitWatts);
    if (from.lockedClockMhz) to->set_locked_clock_mhz(*from.lockedClockMhz);
}

GpuSettings decodeSettings(Bounds& check, const v1::GpuSettings& from) {
    GpuSettings to;
    if (from.has_persistence()) to.persistence = from.persistence();
    if (from.has_mig()) to.mig = from.mig();
    if (from.has_ecc()) to.ecc = from.ecc();
    if (from.has_compute_mode()) to.computeMode = static_cast<std::uint32_t>(check.number("compute mode", from.compute_mode(), 0, 3));
    if (from.has_power_limit_watts()) to.powerLimitWatts = check.number("power limit", from.power_limit_watts(), 1, kLargestPowerWatts);
    if (from.has_locked_clock_mhz()) to.lockedClockMhz = check.number("locked clock", from.locked_clock_mhz(), 1, kLargestClockMhz);
    return to;
}

} // namespace

void encode(const TestFigure& from, v1::TestFigure* to) {
    to->set_subject(cut(from.subject, 256));
    to->set_name(cut(from.name, 128));
    to->set_unit(cut(from.unit, 32));
    to->set_value(from.value);
    to->set_rule(static_cast<std::uint32_t>(from.rule));
    to->set_threshold(from.threshold);
    to->set_threshold_source(cut(from.thresholdSource));
    to->set_fleet_median(from.fleetMedian);
    to->set_fleet_rank(from.fleetRank);
    to->set_fleet_count(from.fleetCount);
}

StatusOr<TestFigure> decode(const v1::TestFigure& from) {
    Bounds check("figure");
    TestFigure to;
    to.subject = check.text("subject", from.subject(), 256);
    to.name = check.text("name", from.name(), 128);
    to.unit = check.text("unit", from.unit(), 32);
    to.value = check.real("value", from.value(), -kLargestValue, kLargestValue);
    if (from.rule() > static_cast<std::uint32_t>(TestFigure::Rule::atMost)) check.refuse(invalid("figure: unknown rule {}", from.rule())); // An unknown rule must not read as passed.
    to.rule = static_cast<TestFigure::Rule>(from.rule());
    to.threshold = check.real("threshold", from.threshold(), -kLargestValue, kLargestValue);
    to.thresholdSource = check.text("threshold source", from.threshold_source());
    to.fleetMedian = check.real("fleet median", from.fleet_median(), -kLargestValue, kLargestValue);
    to.fleetCount = check.number("fleet count", from.fleet_count(), 0, kMaxFleet);
    to.fleetRank = check.number("fleet rank", from.fleet_rank(), to.fleetCount > 0 ? 1 : 0, to.fleetCount);
    if (!check.ok()) return check.status();
    return to;
}

void encode(const VerbDetails& from, v1::VerbDetails* to) {
    to->set_tenant(cut(from.tenant, 96));
    to->set_lease_id(cut(from.leaseId, 96));
    to->set_until_wall_ms(from.untilWallMs);
    encodeSettings(from.settings, to->mutable_settings());
    to->set_profile(cut(from.profile, 32));
    to->set_replacement(from.replacement);
    for (const std::string& id : from.faultyNodes) to->add_faulty_nodes(id);
    to->set_fault_text(cut(from.faultText));
}

StatusOr<VerbDetails> decode(const v1::VerbDetails& from) {
    Bounds check("details");
    VerbDetails to;
    to.tenant = check.text("tenant", from.tenant(), 96);
    to.leaseId = check.text("lease", from.lease_id(), 96);
    to.untilWallMs = check.wallMs("until", from.until_wall_ms());
    to.settings = decodeSettings(check, from.settings());
    to.profile = check.text("profile", from.profile(), 32);
    if (!from.replacement().empty()) to.replacement = check.nodeId("replacement", from.replacement());
    check.count("faulty nodes", static_cast<std::size_t>(from.faulty_nodes_size()), kMaxFaultyNodes);
    if (!check.ok()) return check.status();
    for (const std::string& id : from.faulty_nodes()) to.faultyNodes.push_back(check.nodeId("faulty node", id));
    to.faultText = check.text("fault text", from.fault_text());
    if (!check.ok()) return check.status();
    return to;
}

} // namespace busbar::wire

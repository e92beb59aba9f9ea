// How the node view says things: values with their units or why there are none, events, places, states. Pure functions, any thread.
#pragma once

#include "domain/action.h"
#include "domain/fleet_batch.h"
#include "widgets/controls/marks.h"

#include <QString>

#include <cstdint>

namespace busbar::views {

/// "%", "W", "°C", "MHz" … of a metric.
QString unitText(Metric metric);
/// The value as a person reads it, without unit: "1,830", "on", "SW power cap"; "n/s" for not supported, "?" for not read.
QString valueText(Metric metric, std::int64_t value);
/// NVML's clocks event reasons (nvml.h, nvmlClocksEventReason*) in words; "none" for 0.
QString throttleText(std::int64_t bits);
/// "LIVE", "REPLAYED", "SIMULATED".
QString sourceWord(Source source);
/// "hall b · row b07 · rack r12 · U14"; "place unknown" when nothing is known.
QString placeText(const Place& place);
/// The model without its maker: "H200".
QString shortModel(const std::string& model);
/// "8 × H200"; "no GPU known" for none; several models are named each.
QString gpusText(const std::vector<GpuDetail>& gpus);
/// "400 Gb/s"; "speed ?" when not reported.
QString speedText(std::int64_t mbps);
/// Bytes of a disk as sold: "3.84 TB".
QString diskText(std::int64_t bytes);
/// "Gen 5 ×16" with what the device could do when it does less.
QString pcieText(const PciDevice& device);
controls::Sign eventSign(const FleetEvent& event);
controls::Sign healthSign(Health health);
controls::Sign serviceSign(Service service);
/// "class 4: drain and triage" (health.md §1).
QString responseText(int responseClass);
/// Age of `thenMs` at `nowMs`; "?" for 0.
QString ageText(std::int64_t thenMs, std::int64_t nowMs);

} // namespace busbar::views

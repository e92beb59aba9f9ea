#include "widgets/views/node/node_words.h"

#include "widgets/views/parts/text.h"

#include <QStringList>

#include <algorithm>
#include <utility>

namespace busbar::views {

namespace {

using controls::Sign;

// nvml.h: nvmlClocksEventReason* (formerly nvmlClocksThrottleReason*).
constexpr std::pair<std::int64_t, const char*> kThrottle[] = {{0x1, "idle"},        {0x2, "clocks setting"},  {0x4, "SW power cap"},
                                                              {0x8, "HW slowdown"}, {0x10, "sync boost"},     {0x20, "SW thermal"},
                                                              {0x40, "HW thermal"}, {0x80, "HW power brake"}, {0x100, "display clocks"}};

QString word(std::string_view text) { return toQt(text); }

QString computeModeText(std::int64_t value) {
    switch (value) {
    case 0: return QStringLiteral("default");
    case 1: return QStringLiteral("exclusive thread");
    case 2: return QStringLiteral("prohibited");
    case 3: return QStringLiteral("exclusive process");
    default: return countText(value);
    }
}

} // namespace

QString unitText(Metric metric) {
    const std::string_view unit = infoOf(metric).unit;
    return unit == "C" ? QStringLiteral("\u00b0C") : toQt(unit);
}

QString valueText(Metric metric, std::int64_t value) {
    if (value == kNotSupported) return QStringLiteral("n/s");
    if (value < 0) return QStringLiteral("?");
    switch (metric) {
    case Metric::health: return word(toString(static_cast<Health>(value)));
    case Metric::occupancy: return word(toString(static_cast<Occupancy>(value)));
    case Metric::lastXid: return value == 0 ? QStringLiteral("none") : countText(value);
    case Metric::throttleReasons: return throttleText(value);
    case Metric::computeMode: return computeModeText(value);
    case Metric::migMode:
    case Metric::persistenceMode: return value == 0 ? QStringLiteral("off") : QStringLiteral("on");
    case Metric::remapPending:
    case Metric::remapFailed: return value == 0 ? QStringLiteral("no") : QStringLiteral("yes");
    default: return countText(value);
    }
}

QString throttleText(std::int64_t bits) {
    QStringList words;
    for (const auto& [bit, name] : kThrottle)
        if (bits & bit) words << QString::fromLatin1(name);
    return words.isEmpty() ? bits == 0 ? QStringLiteral("none") : QStringLiteral("0x%1").arg(bits, 0, 16) : words.join(QStringLiteral(", "));
}

QString sourceWord(Source source) { return word(toString(source)).toUpper(); }

QString placeText(const Place& place) {
    QStringList words;
    const auto add = [&words](const char* what, const std::string& name) {
        if (!name.empty()) words << QStringLiteral("%1 %2").arg(QString::fromLatin1(what), toQt(name));
    };
    add("hall", place.hall);
    add("row", place.row);
    add("rack", place.rack);
    if (place.unit > 0) words << QStringLiteral("U%1").arg(place.unit);
    return words.isEmpty() ? QStringLiteral("place unknown") : words.join(QStringLiteral(" \u00b7 "));
}

QString shortModel(const std::string& model) {
    QString text = toQt(model);
    if (text.startsWith(QStringLiteral("NVIDIA "))) text.remove(0, 7);
    return text;
}

QString gpusText(const std::vector<GpuDetail>& gpus) {
    std::vector<std::pair<QString, int>> models;
    for (const GpuDetail& gpu : gpus) {
        const QString model = gpu.identity.model.empty() ? QStringLiteral("unknown model") : shortModel(gpu.identity.model);
        const auto same = std::find_if(models.begin(), models.end(), [&](const auto& one) { return one.first == model; });
        if (same == models.end()) models.emplace_back(model, 1);
        else ++same->second;
    }
    QStringList words;
    for (const auto& [model, count] : models) words << QStringLiteral("%1 \u00d7 %2").arg(count).arg(model);
    return words.isEmpty() ? QStringLiteral("no GPU known") : words.join(QStringLiteral(", "));
}

QString speedText(std::int64_t mbps) {
    if (mbps < 0) return QStringLiteral("speed ?");
    if (mbps < 1000) return QStringLiteral("%1 Mb/s").arg(mbps);
    return QStringLiteral("%1 Gb/s").arg(static_cast<double>(mbps) / 1000.0);
}

QString diskText(std::int64_t bytes) {
    if (bytes <= 0) return QStringLiteral("?");
    const double gigabytes = static_cast<double>(bytes) / 1e9;
    return gigabytes >= 1000 ? QStringLiteral("%1 TB").arg(gigabytes / 1000, 0, 'f', 2)
                             : QStringLiteral("%1 GB").arg(gigabytes, 0, 'f', gigabytes < 10 ? 1 : 0);
}

QString pcieText(const PciDevice& device) {
    if (device.linkGen <= 0 || device.linkWidth <= 0) return QStringLiteral("?");
    QString text = QStringLiteral("Gen %1 \u00d7%2").arg(device.linkGen).arg(device.linkWidth);
    if (device.maxGen > device.linkGen || device.maxWidth > device.linkWidth)
        text += QStringLiteral(" of Gen %1 \u00d7%2").arg(device.maxGen).arg(device.maxWidth);
    return text;
}

Sign eventSign(const FleetEvent& event) {
    if (event.severity >= 3) return Sign::p1;
    if (event.severity == 2) return Sign::p2;
    if (event.severity == 1) return Sign::p3;
    if (event.kind == EventKind::lease) return Sign::leased;
    return event.kind == EventKind::service ? Sign::draining : Sign::free;
}

Sign healthSign(Health health) {
    switch (health) {
    case Health::ok: return Sign::none;
    case Health::unknown: return Sign::unknown;
    case Health::watch: return Sign::p3;
    case Health::degraded: return Sign::p2;
    case Health::failed: return Sign::p1;
    }
    return Sign::unknown;
}

Sign serviceSign(Service service) {
    switch (service) {
    case Service::open: return Sign::none;
    case Service::closing:
    case Service::draining:
    case Service::opening: return Sign::draining;
    case Service::drained:
    case Service::closed: return Sign::lock;
    case Service::drainFailed: return Sign::p1;
    case Service::unknown: return Sign::unknown;
    }
    return Sign::unknown;
}

QString responseText(int responseClass) {
    static constexpr const char* kWords[] = {"log", "tell the tenant", "reset GPU", "reboot", "drain and triage"};
    const bool known = responseClass >= 0 && responseClass < static_cast<int>(std::size(kWords));
    return QStringLiteral("class %1: %2").arg(responseClass).arg(known ? QString::fromLatin1(kWords[responseClass]) : QStringLiteral("unknown"));
}

QString ageText(std::int64_t thenMs, std::int64_t nowMs) {
    return thenMs <= 0 ? QStringLiteral("?") : durationText(std::max<std::int64_t>(0, nowMs - thenMs));
}

} // namespace busbar::views

#include "items/words.h"

#include <QDateTime>
#include <QLocale>
#include <QTimeZone>

#include <algorithm>
#include <cmath>

namespace busbar::items {

namespace {

constexpr std::int64_t kSecondMs = 1'000;
constexpr std::int64_t kMinuteMs = 60 * kSecondMs;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;
constexpr std::int64_t kDayMs = 24 * kHourMs;
constexpr double kMibPerGib = 1024.0;

QString twoUnits(std::int64_t whole, const char16_t* first, std::int64_t rest, const char16_t* second) {
    return QStringLiteral("%1 %2 %3 %4").arg(QString::number(whole), QString::fromUtf16(first)).arg(rest, 2, 10, QLatin1Char('0')).arg(QString::fromUtf16(second));
}

QDateTime utc(std::int64_t wallMs) { return QDateTime::fromMSecsSinceEpoch(wallMs, QTimeZone::utc()); }

} // namespace

QString countText(std::int64_t value) { return QLocale(QLocale::English).toString(static_cast<qlonglong>(value)); }

QString countOf(std::int64_t value, const QString& singular, const QString& plural) {
    const QString word = value == 1 ? singular : plural.isEmpty() ? singular + QLatin1Char('s') : plural;
    return countText(value) + QLatin1Char(' ') + word;
}

QString durationText(std::int64_t ms) {
    if (ms < 0) return QStringLiteral("?");
    if (ms < 10 * kSecondMs) return QStringLiteral("%1 s").arg(static_cast<double>(ms) / 1000.0, 0, 'f', 1);
    if (ms < kMinuteMs) return QStringLiteral("%1 s").arg(ms / kSecondMs);
    if (ms < kHourMs) return twoUnits(ms / kMinuteMs, u"m", ms % kMinuteMs / kSecondMs, u"s");
    if (ms < kDayMs) return twoUnits(ms / kHourMs, u"h", ms % kHourMs / kMinuteMs, u"m");
    return QStringLiteral("%1 d %2 h").arg(ms / kDayMs).arg(ms % kDayMs / kHourMs);
}

QString spanText(std::int64_t ms) {
    if (ms < 0) return QStringLiteral("?");
    if (ms < 2 * kMinuteMs) return QStringLiteral("%1 s").arg(ms / kSecondMs);
    if (ms < 2 * kHourMs) return QStringLiteral("%1 m").arg(ms / kMinuteMs);
    return ms < 2 * kDayMs ? QStringLiteral("%1 h").arg(ms / kHourMs) : QStringLiteral("%1 d").arg(ms / kDayMs);
}

QString clockText(std::int64_t wallMs) { return wallMs <= 0 ? QStringLiteral("?") : utc(wallMs).toString(QStringLiteral("HH:mm:ss")); }

QString dayText(std::int64_t wallMs) { return wallMs <= 0 ? QStringLiteral("?") : utc(wallMs).toString(QStringLiteral("yyyy-MM-dd HH:mm")); }

QString momentText(std::int64_t wallMs, std::int64_t nowMs) {
    if (wallMs <= 0) return QStringLiteral("?");
    return utc(wallMs).date() == utc(nowMs).date() ? clockText(wallMs) : dayText(wallMs);
}

QString minuteText(std::int64_t wallMs, std::int64_t nowMs) {
    if (wallMs <= 0) return QStringLiteral("?");
    return (utc(wallMs).date() == utc(nowMs).date() ? clockText(wallMs).left(5) : dayText(wallMs)) + QStringLiteral(" UTC");
}

QString memoryText(std::int64_t mib) {
    if (mib < 0) return QStringLiteral("?");
    if (mib < 1024) return QStringLiteral("%1 MiB").arg(mib);
    return QStringLiteral("%1 GiB").arg(static_cast<double>(mib) / kMibPerGib, 0, 'f', 1);
}

QString percentText(double percent) {
    if (percent < 0) return QStringLiteral("?");
    return QString::number(percent < 100 ? std::min(percent, 99.9) : percent, 'f', 1);
}

QString signedText(double value, const QString& unit) {
    const double size = std::abs(value);
    const QString digits = QString::number(size, 'f', size < 10 && size != std::floor(size) ? 1 : 0);
    const QString sign = value < 0 ? QStringLiteral("\u2212") : value > 0 ? QStringLiteral("+") : QString();
    return sign + digits + QLatin1Char(' ') + unit;
}

QString nameOf(std::string_view id) {
    const auto slash = id.find('/');
    return toQt(slash == std::string_view::npos ? id : id.substr(slash + 1));
}

QString siteOf(std::string_view id) {
    const auto slash = id.find('/');
    return slash == std::string_view::npos ? QString() : toQt(id.substr(0, slash));
}

QString shortActionId(std::string_view id) {
    constexpr qsizetype kShown = 5;
    const QString name = nameOf(id);
    return name.isEmpty() ? QString() : QStringLiteral("A-") + name.right(kShown);
}

} // namespace busbar::items

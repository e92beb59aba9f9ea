#include "widgets/views/plan/form_values.h"

#include "base/ids.h"
#include "widgets/views/parts/text.h"

#include <QDateTime>
#include <QRegularExpression>

namespace busbar::views {

namespace {

constexpr std::int64_t kMinuteMs = 60'000, kHourMs = 60 * kMinuteMs, kDayMs = 24 * kHourMs;
constexpr auto kUntilForms = "give a span like 14d, 12h or 30m, a day like 2026-12-31, or nothing for open-ended";

std::int64_t unitMs(QChar unit) {
    switch (unit.toLatin1()) {
    case 'm': return kMinuteMs;
    case 'h': return kHourMs;
    case 'w': return 7 * kDayMs;
    default: return kDayMs;
    }
}

std::optional<std::int64_t> spanEnd(const QString& text, std::int64_t nowWallMs) {
    static const QRegularExpression kSpan(QStringLiteral("^(\\d{1,9})\\s*([mhdw])$"));
    const auto match = kSpan.match(text);
    if (!match.hasMatch()) return std::nullopt;
    return nowWallMs + match.captured(1).toLongLong() * unitMs(match.captured(2).at(0));
}

std::optional<std::int64_t> nextTime(const QString& text, std::int64_t nowWallMs) {
    const QTime time = QTime::fromString(text, QStringLiteral("H:mm"));
    if (!time.isValid()) return std::nullopt;
    const std::int64_t today = nowWallMs / kDayMs * kDayMs + time.msecsSinceStartOfDay();
    return today > nowWallMs ? today : today + kDayMs;
}

std::optional<std::int64_t> minuteOf(const QString& text) {
    QDateTime moment = QDateTime::fromString(text, QStringLiteral("yyyy-MM-dd HH:mm"));
    if (!moment.isValid()) return std::nullopt;
    moment.setTimeSpec(Qt::UTC);
    return moment.toMSecsSinceEpoch();
}

std::optional<std::int64_t> dayEnd(const QString& text) {
    const QDate day = QDate::fromString(text, QStringLiteral("yyyy-MM-dd"));
    if (day.isValid()) return day.addDays(1).startOfDay(Qt::UTC).toMSecsSinceEpoch();
    return minuteOf(text);
}

} // namespace

StatusOr<std::int64_t> parseUntil(const QString& typed, std::int64_t nowWallMs) {
    const QString text = typed.simplified();
    if (text.isEmpty()) return 0;
    const auto span = spanEnd(text, nowWallMs);
    const auto until = span ? span : dayEnd(text);
    if (!until) return invalid("'{}' is no time: {}", toStd(text), kUntilForms);
    if (*until <= nowWallMs) return invalid("{} has passed: {}", toStd(text), kUntilForms);
    if (*until - nowWallMs > kLongestLeaseMs) return invalid("{} is more than 10 years away", toStd(text));
    return *until;
}

StatusOr<std::int64_t> parseLastStart(const QString& typed, std::int64_t nowWallMs) {
    const QString text = typed.simplified();
    if (text.isEmpty()) return 0;
    auto last = spanEnd(text, nowWallMs);
    if (!last) last = nextTime(text, nowWallMs);
    if (!last) last = minuteOf(text);
    if (!last) return invalid("'{}' is no time: give 2h, 18:00 or 2026-12-31 18:00 (UTC)", toStd(text));
    if (*last <= nowWallMs) return invalid("{} has passed", toStd(text));
    if (*last - nowWallMs > kLongestLeaseMs) return invalid("{} is more than 10 years away", toStd(text));
    return *last;
}

StatusOr<std::optional<std::int64_t>> parseWhole(const QString& typed, const QString& unit, std::int64_t lowest, std::int64_t highest) {
    const QString text = typed.simplified();
    if (text.isEmpty()) return std::nullopt;
    bool ok = false;
    const qlonglong value = text.toLongLong(&ok);
    if (!ok || value < lowest || value > highest) return invalid("a whole number of {} from {} to {}, or nothing", toStd(unit), lowest, toStd(countText(highest)));
    return std::optional<std::int64_t>(value);
}

StatusOr<QString> parseTenant(const QString& typed) {
    const QString text = typed.trimmed();
    if (text.isEmpty()) return invalid("who gets them is not said");
    if (!isValidName(toStd(text))) return invalid("1 to 63 letters, digits, '.', '_' or '-', a letter or digit first");
    return text;
}

} // namespace busbar::views

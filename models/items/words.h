// Words and numbers for people: one form for counts, times and ages in every model and view. UTC always. Pure functions, any thread.
#pragma once

#include <QString>

#include <cstdint>
#include <string>
#include <string_view>

namespace busbar::items {

inline QString toQt(std::string_view text) { return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())); }
inline std::string toStd(const QString& text) { return text.toStdString(); }

/// "1,012,450".
QString countText(std::int64_t value);
/// "1 node", "34 nodes": the plural is the singular and "s" unless given.
QString countOf(std::int64_t value, const QString& singular, const QString& plural = {});
/// "0.6 s", "12 s", "1 m 34 s", "1 h 47 m", "6 d 2 h"; "?" below zero.
QString durationText(std::int64_t ms);
/// Whole seconds, minutes, hours or days, for captions: "40 s", "20 m", "3 h", "2 d"; "?" below zero.
QString spanText(std::int64_t ms);
/// "14:32:07" UTC; "?" for 0.
QString clockText(std::int64_t wallMs);
/// "2026-11-23 14:20" UTC; "?" for 0.
QString dayText(std::int64_t wallMs);
/// The time alone within the same UTC day as `nowMs`, else with its day.
QString momentText(std::int64_t wallMs, std::int64_t nowMs);
/// "18:00 UTC", with its day when that is not the one of `nowMs`.
QString minuteText(std::int64_t wallMs, std::int64_t nowMs);
/// "118.2 GB" style from MiB: "640 MiB", "118.2 GiB"; "?" below zero.
QString memoryText(std::int64_t mib);
/// "81.4": one decimal; nothing below 100 reads "100.0", and "?" below zero.
QString percentText(double percent);
/// "−7 kW": a real minus sign, at most one decimal.
QString signedText(double value, const QString& unit);
/// Name part of "site/name".
QString nameOf(std::string_view id);
/// Site part of "site/name".
QString siteOf(std::string_view id);
/// "A-4KQ7": the last characters of the ULID in "site/ULID": what people say aloud; the whole id stands in tooltips.
QString shortActionId(std::string_view id);

} // namespace busbar::items

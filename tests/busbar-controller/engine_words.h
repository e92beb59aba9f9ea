// Words of values in the messages of failed comparisons, shared by the tests of the engine.
#pragma once

#include <QString>
#include <QTest>

#include <string>

namespace busbar::controller {

template <typename Enum>
QString word(Enum value) {
    return QString::fromUtf8(toString(value).data(), static_cast<qsizetype>(toString(value).size()));
}

} // namespace busbar::controller

#define SAME(actual, wanted) QCOMPARE(word(actual), word(wanted))
#define SAYS(text, words) QVERIFY2(std::string(text).find(words) != std::string::npos, std::string(text).c_str())

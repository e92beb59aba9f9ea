// Words and numbers as the views name them: those of models/items.
#pragma once

#include "items/words.h"

namespace busbar::views {

using items::clockText;
using items::countOf;
using items::countText;
using items::dayText;
using items::durationText;
using items::memoryText;
using items::minuteText;
using items::momentText;
using items::nameOf;
using items::percentText;
using items::shortActionId;
using items::signedText;
using items::siteOf;
using items::spanText;
using items::toQt;
using items::toStd;

} // namespace busbar::views

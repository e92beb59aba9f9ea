// Colours, faces and marks as the views name them: those of widgets/controls. GUI thread only.
#pragma once

#include "widgets/controls/marks.h"
#include "widgets/controls/theme.h"

namespace busbar::views {

using controls::face;
using controls::kBasePx;
using controls::kCaptionPx;
using controls::kDensePx;
using controls::monoFace;
using controls::paintHatch;
using controls::paintSign;
using controls::Sign;
using controls::signText;
using controls::tone;
using controls::Tone;

} // namespace busbar::views

// The texts for the tenants of a plan, to be copied; nothing is sent from here. Hidden where nobody is touched. GUI thread only.
#pragma once

#include "widgets/views/plan/tenant_text.h"

#include <QWidget>

class QPlainTextEdit;

namespace busbar::views {

class Button;
class Line;

class TenantPart : public QWidget {
    Q_OBJECT
public:
    explicit TenantPart(QWidget* parent = nullptr);
    void setTexts(const QVector<TenantText>& texts);

private:
    void copy();
    Line *m_head, *m_told;
    QPlainTextEdit* m_text;
    Button* m_copy;
};

} // namespace busbar::views

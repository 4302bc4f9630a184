extension PhoneNumber {
    /// Every number that its numbering plan treats as this same line, this one first; each of them has the same variants. Most have none
    /// but themselves: `NumberPlan.all` has the plans with several forms in use side by side.
    public var variants: [PhoneNumber] {
        let plans = NumberPlan.plans(forNumber: e164)
        if plans.isEmpty { return [self] }
        let digits = Array(e164.utf8.dropFirst())
        for plan in plans {
            guard let forms = plan.forms(of: digits) else { continue }
            return [self] + forms.lazy.filter { $0 != digits }.map { PhoneNumber(stored: "+" + String(decoding: $0, as: UTF8.self)) }
        }
        return [self]
    }
}

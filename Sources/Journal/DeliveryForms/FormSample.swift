/// Deliveries that no form fits well, reduced to what they have in common.
struct FormSample {
    private var headers: SharedEnds
    private var body: SharedEnds
    private var people: Set<Int>

    init(_ content: DeliveryContent, of person: Int) {
        headers = SharedEnds(of: content.headers)
        body = SharedEnds(of: content.body)
        people = [person]
    }

    mutating func add(_ content: DeliveryContent, of person: Int) {
        headers.narrow(to: content.headers)
        body.narrow(to: content.body)
        people.insert(person)
    }

    /// The number of people whom the deliveries are about.
    var peopleCount: Int { people.count }

    var parts: SharedParts { SharedParts(headers: headers.cut(), body: body.cut()) }
}

extension History {
    /// A journal's life that includes everything that a journal does.
    static let life = """
        reopen                       # the file is made
        message 1 0 phone
        message 1 0 phone            # the same again
        message 2 1 id
        advance 5
        message 3 1 phone            # two contacts so far
        advance 5
        message 4 1 both             # one person: contacts and sessions merge
        message 5 1 id
        start 2 0
        start 2 2                    # a customer takes the phone's place
        start 2 9                    # another customer: conflict
        chat 6 2
        chat 6 2
        earlier                      # an index has what is stored by now
        mixed 7 2
        mixed 7 2
        unreadable 8
        unreadable 8
        status 9
        advance 60
        change 10 0                  # the number moves
        message 11 0 other
        message 12 0 phone           # a late one from the former number
        message 13 3 local
        placeholder 26 3             # a file of the past
        past 26 3                    # the file itself
        placeholder 26 3
        past 27 3
        message 27 3 phone           # the same message, live
        message 27 4 phone           # something else under its id
        message 27 4 phone
        take-over                    # runs have it, in several parts
        burst 100 6 
        refused 14
        keep 15
        carry 10
        end 2
        end 2
        start 2 2
        seen 30 6 -1 0               # a number, and a user id at two accounts of a portfolio
        seen 31 -1 6 1
        seen 32 6 6 0                # one person
        seen 33 6 7 1                # somebody else, who has the number now
        seen 34 6 -1 2
        seen 35 6 6 0                # and the first has it again
        becomes 36 6 6 7 8 0         # a new number, and with it a new user id
        seen 37 -1 6 1
        seen 38 7 8 2                # another business knows other ids
        becomes 39 -1 8 -1 9 1       # a new user id
        seen 40 -1 9 0
        reopen
        message 16 1 id
        message 17 4 both
        meddle 4                     # another process wrote
        message 18 4 phone
        retake
        settle
        fill 200 3                   # the log is copied back
        carry 500
        end-elsewhere 2
        message 19 2 phone
        open-elsewhere 4 older
        open-elsewhere 3 younger
        merge-elsewhere 1
        draft 5 shared
        draft 5 alone
        message 20 5 phone
        advance 90000                # every session is overdue
        message 21 3 phone           # which is seen before any sweep
        sweep
        sweep
        capture 300 8 
        unreadable 22
        refused 23
        compress
        carry 500
        fill 400 2
        size
        readiness
        advance 600000
        start 0 0
        message 24 2 phone
        carry 500
        prune
        letters
        reopen
        message 25 2 phone
        message 1 0 phone            # still known
        start 2 2
        """
}

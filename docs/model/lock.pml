/* Who may change production: the lock that spotaction keeps in the descriptions of Elastigroups.
 *
 * Spot has no conditional create and its reads lag, so a read may show any state of the last LAG ticks. Two runs
 * deploy one app, one of them may crash, and two operators may take over what it left. At most one of them may be past
 * the gate at a time, and nobody goes past it beside the open marker of somebody else.
 */
#ifndef LAG
#define LAG 2            /* ticks that a read may be behind */
#endif
#ifndef CREATE_WAIT
#define CREATE_WAIT LAG  /* from the answer to the create to the second look */
#endif
#ifndef DELAY
#define DELAY 1          /* longest time from reading a marker to the answer to writing it */
#endif
#ifndef TAKEOVER_WAIT
#define TAKEOVER_WAIT (2 * LAG + DELAY)
#endif
#ifndef SECOND_LOOK
#define SECOND_LOOK 1
#endif
#ifndef RIVALS
#define RIVALS 1
#endif
#define GROUPS 2
#define ABSENT 0
#define DONE 9           /* the marker says that its deployment came to its end, or its group is deleted */

byte present[GROUPS];    /* the marker as it is: its owner 1..4, ABSENT or DONE */
byte one_ago[GROUPS];    /* the same one, two and three ticks ago */
byte two_ago[GROUPS];
byte three_ago[GROUPS];
byte order[GROUPS];      /* Spot's createdAt: whoever is created first has the lower number */
byte created = 0;
byte inside = 0;         /* how many are past the gate */
bool crashed[GROUPS];
byte left[5];            /* ticks that a process still has to wait */
byte age[5];             /* ticks since a process asked, no more than DELAY + 1 */

inline tick() {
    atomic {
        three_ago[0] = two_ago[0]; two_ago[0] = one_ago[0]; one_ago[0] = present[0];
        three_ago[1] = two_ago[1]; two_ago[1] = one_ago[1]; one_ago[1] = present[1];
        p = 1;
        do
        :: p > 4 -> break
        :: else ->
            if :: left[p] > 0 -> left[p]-- :: else fi;
            if :: age[p] <= DELAY -> age[p]++ :: else fi;
            p++
        od;
        p = 0
    }
}

/* One read of group g: any state of the last LAG ticks, whatever other reads show. */
inline look(g, value) {
    atomic {
        if
        :: value = present[g]
        :: LAG >= 1 -> value = one_ago[g]
        :: LAG >= 2 -> value = two_ago[g]
        :: LAG >= 3 -> value = three_ago[g]
        fi
    }
}

inline enter() { atomic { inside++; assert(inside == 1) } }

proctype Run(byte me; byte mine; byte other) {
    byte seen;
    look(other, seen);
    if
    :: seen != ABSENT && seen != DONE -> goto over    /* refused: somebody deploys this app */
    :: else
    fi;
    seen = 0;
    atomic { created++; order[mine] = created; present[mine] = me }
    left[me] = CREATE_WAIT;
    if :: atomic { crashed[mine] = true; goto over } :: skip fi;   /* dies before its gate */
    (left[me] == 0);
    if
    :: SECOND_LOOK ->
        look(other, seen);
        if
        :: seen != ABSENT && seen != DONE && order[other] < order[mine] ->
            present[mine] = DONE; goto over           /* the older one goes on: remove the own group */
        :: else
        fi;
        seen = 0
    :: else
    fi;
    enter();
    if
    :: atomic { inside--; present[mine] = DONE }
    :: atomic { inside--; crashed[mine] = true }       /* dies in the middle; its marker stays open */
    fi;
over:
    skip
}

proctype TakeOver(byte me; byte g; byte other) {
    byte seen;
    crashed[g];                                        /* its deadline has passed: it does nothing any more */
    atomic { look(g, seen); age[me] = 0 }
    if
    :: seen == ABSENT || seen == DONE || seen > GROUPS -> goto over   /* nothing open, or somebody else is at it */
    :: else
    fi;
    seen = 0;
    present[g] = me;
    if :: age[me] > DELAY -> goto over :: else fi;     /* too late to be seen in time: yield */
    left[me] = TAKEOVER_WAIT;
    (left[me] == 0);
    look(g, seen);
    if :: seen != me -> goto over :: else fi;
    if
    :: RIVALS ->
        look(other, seen);
        if
        :: seen != ABSENT && seen != DONE && order[other] < order[g] -> goto over   /* the older one goes on */
        :: else
        fi
    :: else
    fi;
    seen = 0;
    enter();
    atomic { inside--; present[g] = DONE };
over:
    skip
}

proctype Clock() {
    byte p = 0;
end:
    do
    :: tick()
    od
}

init {
    atomic {
        run Clock();
        run Run(1, 0, 1);
        run Run(2, 1, 0);
        run TakeOver(3, 0, 1);
        run TakeOver(4, 0, 1);
    }
}

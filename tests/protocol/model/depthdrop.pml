/*
 * The purchase protocol, for an exhaustive search by Spin.
 *
 * Every atomic block is one side effect of the code: one conditional write, one POST, one publish, one message. Beside
 * each is the name of the Python method that it copies. The process may crash before any of them.
 *
 * README says what is searched and what is left out. The bounds come from outside (-D), see below.
 */

#ifndef EDITS
#define EDITS 1   /* 2: each drop has its own edit, and both want the one slot */
#endif
#ifndef DROPS
#define DROPS 1   /* 2 with EDITS 1: both drops ask for the same edit */
#endif
#ifndef COPIES
#define COPIES 2  /* messages about each drop at the start: the queue delivers at least once */
#endif
#ifndef CRASHES
#define CRASHES 2 /* crashes, exceptions and executions that die, all together */
#endif
#ifndef ZOMBIES
#define ZOMBIES 1 /* leases that end while their worker still runs */
#endif
#ifndef ODD
#define ODD 1     /* times that a purchase is put off: unsent, refused for now, no key, too little time */
#endif

#ifndef REPLACED
#define REPLACED 1 /* 1: a drop that is seen again may prove replaced, and cannot be bought any more */
#endif
#ifndef EARLY
#define EARLY 1   /* 0: sweep looks at submitted and ended edits only when who works on them is through, as its times say */
#endif
#ifndef LATE
#define LATE 1    /* 0: a worker that is late starts no execution for an edit that has ended */
#endif

/* edits.State; NONE is no record at all. */
#define NONE      0
#define CLAIMED   1
#define POSTING   2
#define SUBMITTED 3
#define SUCCEEDED 4
#define FAILED    5
#define RELEASED  6
#define AMBIGUOUS 7
#define HAS_ENDED(s) (s == SUCCEEDED || s == FAILED || s == AMBIGUOUS)

/* Every change of a record's state is one of these; a test compares them with edits.EDGES. */
#define EDGE(from, to) assert(state[e] == from); state[e] = to

/* outcomes.PostOutcome; REFUSED is for good, BUSY for now. */
#define ACCEPTED 1
#define LOST     2
#define REFUSED  3
#define BUSY     4

/* What poll may come to, when it is not pending any more. */
#define READY    1
#define BROKEN   2
#define EXPIRED  3

#define EXECUTIONS (CRASHES + 1) /* more can start only when the edit has ended */

#define OBJECT   0
#define RELEASE  1

#define EDIT_OF(drop) (EDITS == 1 -> 0 : drop)
#define DIE_OR if :: crashes > 0 -> crashes--; goto died :: true fi

byte crashes = CRASHES, zombies = ZOMBIES, odd = ODD;

/* The edits table: edit records … */
byte state[2], token[2], owner[2], attempt[2];
bit lease[2];       /* the claim's lease has not ended */
bit open[2];        /* of an ended edit: still on the index, its notice is not confirmed */
bit edit_told[2];   /* notified_at */
/* … drop records … */
bit recorded[2], refusal[2], drop_told[2];
bit parked[2];      /* waits in the table until its time comes */
bit proven[2];      /* of an edit: its drop holds the token of its POST, which was refused */
bit due[2];         /* is in the index of open records: it will be sent to submit again */
/* … and the one slot. */
byte slot_edit;     /* the holder's edit + 1; 0 is no record */
byte slot_token;    /* the claim that took it */
bit slot_live, slot_long;

/* The queue: messages that wait in it. */
byte objects[2];
bit releases[2];

/* Step Functions: the newest execution of each edit, by number; older ones are closed. */
byte execution[2];
bit running[2];

/* What the world may see of an invocation of submit: its token and message, whether it has outlived its lease. */
byte worker_token[2], seen_token[2], worker_drop[2];
bit worker_kind[2], has_message[2], zombie[2], busy[2];
byte sweep_token;

/* What only the proof sees. */
bit informed[2];    /* an event about this drop's end was published */
bit turned_down[2]; /* this drop's request was refused for good */
bit posted[2];      /* a POST is out that is not proven unsent or refused */
byte charged[2];
bit task_known[2];  /* the record named the task, and it has not come to its end */
bit at_work[2];     /* a paid task that the upstream works on */
bit lapsed[2];      /* the lease of the edit's slot ran out */
bit heard[2];       /* the event that the record holds went out */

inline fresh(t) /* purchase.random_token: one that nobody remembers */
{
  t = 1;
  do
  :: t == token[0] || t == token[1] || t == worker_token[1 - w] || t == seen_token[0] || t == seen_token[1] ||
     t == sweep_token || t == slot_token -> t++
  :: else -> break
  od
}

inline release(t) /* Edits.release */
{
  if
  :: state[e] == CLAIMED && token[e] == t -> EDGE(CLAIMED, RELEASED); token[e] = 0; owner[e] = 0; lease[e] = 0
  :: state[e] == POSTING && token[e] == t -> EDGE(POSTING, RELEASED); token[e] = 0; owner[e] = 0; lease[e] = 0; proven[e] = 0
  :: else
  fi
}

inline give_up(t) /* Edits.give_up */
{
  if
  :: state[e] == CLAIMED && token[e] == t -> EDGE(CLAIMED, RELEASED); token[e] = 0; owner[e] = 0; lease[e] = 0
#ifdef MUTANT_GIVES_UP_A_POST
  :: state[e] == POSTING && token[e] == t -> EDGE(POSTING, RELEASED); token[e] = 0; owner[e] = 0; lease[e] = 0
#endif
  :: else
  fi
}

inline adopt_task(t) /* Edits.accepted */
{
  if
  :: state[e] == POSTING && token[e] == t -> EDGE(POSTING, SUBMITTED); lease[e] = 0; task_known[e] = 1
  :: state[e] == AMBIGUOUS && token[e] == t -> EDGE(AMBIGUOUS, SUBMITTED); task_known[e] = 1; open[e] = 0
  :: else
  fi
}

inline write_ambiguous(t) /* Edits.ambiguous; `written` says whether it was written */
{
  if
#ifdef MUTANT_EARLY_AMBIGUOUS
  :: state[e] != AMBIGUOUS -> state[e] = AMBIGUOUS; lease[e] = 0; open[e] = 1; heard[e] = 0; written = 1
#endif
  :: state[e] == POSTING && token[e] == t -> EDGE(POSTING, AMBIGUOUS); lease[e] = 0; proven[e] = 0; open[e] = 1; heard[e] = 0; written = 1
  :: else -> written = 0
  fi
}

inline confirm(told_state) /* Edits.notified */
{
  if
#ifdef MUTANT_CONFIRMS_ANY_STATE
  :: HAS_ENDED(state[e]) -> edit_told[e] = 1; open[e] = 0
#else
  :: HAS_ENDED(state[e]) && state[e] == told_state -> edit_told[e] = 1; open[e] = 0
#endif
  :: else
  fi
}

inline publish(told_state) /* Notices.publish, for the event that this state wrote */
{
  if :: state[e] == told_state -> heard[e] = 1 :: else fi;
  if :: recorded[0] && EDIT_OF(0) == e -> informed[0] = 1 :: else fi;
  if :: recorded[1] && EDIT_OF(1) == e -> informed[1] = 1 :: else fi
}

#ifdef MUTANT_SLOT_IS_THE_EDITS
#define HOLDS_SLOT(t) (slot_edit == e + 1)
#else
#define HOLDS_SLOT(t) (slot_edit == e + 1 && slot_token == t)
#endif

inline extend_slot(t) /* Slots.extend */
{
  if
  :: HOLDS_SLOT(t) -> slot_live = 1; slot_long = 1; lapsed[e] = 0
  :: else
  fi
}

inline free_slot(t) /* Slots.give_back */
{
  if
#ifdef MUTANT_STRANGER
  :: slot_edit != 0 ->
#else
  :: HOLDS_SLOT(t) ->
#endif
    assert(slot_edit == e + 1 && slot_token == t); /* never by a stranger */
    slot_edit = 0; slot_token = 0; slot_live = 0; slot_long = 0
  :: else
  fi
}

inline take_slot(t) /* Slots.take, in the name that slots.holder_of gives; `written` says whether there is one */
{
  if
  :: slot_edit == 0 || !slot_live || (HOLDS_SLOT(t) && !slot_long) ->
    slot_edit = e + 1; slot_token = t; slot_long = 0; slot_live = 1; lapsed[e] = 0; written = 1
#ifdef MUTANT_NO_SLOT
  :: else -> written = 1
#else
  :: else -> written = HOLDS_SLOT(t)
#endif
  fi
}

/* A drop is sent again only after minutes (parking._RETRY_SECONDS), when the invocation that had it is over. */
#define WAITS(d) (releases[d] || objects[d] > 0 || (has_message[0] && worker_drop[0] == d) || (has_message[1] && worker_drop[1] == d))

/* Parking.release_due; what a crash leaves undone, sweep does. */
#define RELEASE_ONE \
  if \
  :: due[0] && !WAITS(0) -> releases[0] = 1 \
  :: due[1] && !WAITS(1) -> releases[1] = 1 \
  :: !(due[0] && !WAITS(0)) && !(due[1] && !WAITS(1)) \
  fi

#define ONE_AT_A_TIME assert(!at_work[0] || !at_work[1] || lapsed[0] || lapsed[1])

/* Whether a token may meet its own write in another call than the one that wrote it. */
#if defined(MUTANT_STABLE_TOKEN) || defined(MUTANT_NO_TOKEN)
#define TWICE true
#else
#define TWICE false
#endif

proctype Submit(byte w)
{
  byte d, e, seen, number, outcome;
  bit seen_before, written, broken;

end_idle:
  atomic { /* the queue hands over a message */
    if /* the workers are alike: the second one is idle while the first is */
    :: objects[0] > 0  && (w == 0 || busy[0]) -> objects[0]--; d = 0; worker_kind[w] = OBJECT
    :: objects[1] > 0 && recorded[0] && (w == 0 || busy[0]) -> objects[1]--; d = 1; worker_kind[w] = OBJECT
    :: releases[0] && (w == 0 || busy[0]) -> releases[0] = 0; d = 0; worker_kind[w] = RELEASE
    :: releases[1] && (w == 0 || busy[0]) -> releases[1] = 0; d = 1; worker_kind[w] = RELEASE
    fi;
    worker_drop[w] = d; has_message[w] = 1; busy[w] = 1; e = EDIT_OF(d);
    /* Arrivals._first_seen and Submit.handle: Drops.get, Drops.record */
    if
    :: !recorded[d] -> recorded[d] = 1; due[d] = 1
    :: else ->
      seen_before = 1;
      if
      :: worker_kind[w] == OBJECT && parked[d] -> goto done /* its time has not come */
      :: true
      fi
    fi;
    if
    :: refusal[d] && drop_told[d] -> goto refused_before
    :: refusal[d] && !drop_told[d] -> goto tell
    :: else
    fi;
    DIE_OR;
    /* Edits.get, Submit._already_settled */
    seen = state[e];
    if
    :: seen == SUBMITTED -> number = attempt[e]; goto start
    :: HAS_ENDED(seen) && ((owner[e] == d && edit_told[e]) || drop_told[d]) -> goto unpark
    :: HAS_ENDED(seen) && !(owner[e] == d && edit_told[e]) && !drop_told[d] -> goto notify_again
    :: (seen == CLAIMED || seen == POSTING) && lease[e] ->
#ifdef MUTANT_ACK_CONFLICT
      goto unpark /* as if it were settled */
#else
      goto come_back
#endif
    :: seen == POSTING && !lease[e] ->
#ifdef MUTANT_POSTING_RETAKEN
      skip
#else
      goto done /* without unpark: it is sent again */
#endif
    :: (seen == CLAIMED && !lease[e]) || seen == NONE || seen == RELEASED ->
      if
      :: seen_before && REPLACED -> /* Submit._reread finds a replaced picture */
        if :: seen == CLAIMED -> seen_token[w] = token[e] :: else fi;
        goto cannot_buy
      :: true
      fi
    fi
  }

  atomic { /* UpstreamKey.current, Edits.claim */
    DIE_OR;
    if :: odd > 0 -> odd--; goto park :: true fi;
#ifdef MUTANT_STABLE_TOKEN
    worker_token[w] = d + 10;
#else
    fresh(worker_token[w]);
#endif
    if /* `attribute_not_exists(pk) OR released OR (claimed AND (lease over OR token))` */
    :: state[e] == NONE -> EDGE(NONE, CLAIMED)
    :: state[e] == RELEASED -> EDGE(RELEASED, CLAIMED)
    :: state[e] == CLAIMED && !lease[e] -> EDGE(CLAIMED, CLAIMED)
#ifdef MUTANT_POSTING_RETAKEN
    :: state[e] == POSTING && !lease[e] -> state[e] = CLAIMED
#endif
    :: else ->
      if
      :: token[e] == worker_token[w] -> assert(TWICE); goto slot /* never: only the SDK's retry of this very call meets its own token */
      :: token[e] != worker_token[w] -> goto come_back
      fi
    fi;
    token[e] = worker_token[w]; owner[e] = d; lease[e] = 1; attempt[e] = 1; open[e] = 0; edit_told[e] = 0
  }

#ifndef MUTANT_NO_SECOND_LOOK
  atomic { /* Purchase._claim: Drops.get, Edits.release */
    DIE_OR;
    if :: refusal[d] -> release(worker_token[w]); goto come_back :: else fi
  }
#endif

slot:
  atomic { /* Slots.take */
    DIE_OR;
    take_slot(worker_token[w]);
    if :: written :: else -> goto no_slot fi
  }

  atomic { /* Edits.post */
    DIE_OR;
    if /* Purchase._ready looked at its time just before: a zombie has none left, if it was one by then */
    :: zombie[w] -> goto too_late
    :: odd > 0 -> odd--; goto too_late
    :: true
    fi;
    if
#ifdef MUTANT_NO_TOKEN
    :: state[e] == CLAIMED -> EDGE(CLAIMED, POSTING)
#else
    :: state[e] == CLAIMED && token[e] == worker_token[w] -> EDGE(CLAIMED, POSTING)
#endif
    :: state[e] == POSTING && token[e] == worker_token[w] -> assert(TWICE) /* never: only the SDK's retry meets its own write */
    :: else -> goto claim_lost
    fi
  }

send:
  atomic { /* Upstream.post: what the upstream makes of it, and what the worker will see */
    DIE_OR;
    assert(!turned_down[d]); /* what was refused for good is not sent again */
    assert(!posted[e]); /* no earlier POST that is not proven unsent or refused */
    if
    :: odd > 0 -> odd--; goto refused_for_now /* unsent */
    :: odd > 0 -> odd--; outcome = BUSY; posted[e] = 1
    :: outcome = REFUSED; posted[e] = 1
    :: outcome = ACCEPTED; posted[e] = 1; charged[e]++; at_work[e] = 1
    :: outcome = LOST; posted[e] = 1; charged[e]++; at_work[e] = 1 /* the worst that it may mean */
    fi;
    assert(charged[e] <= 1);
    ONE_AT_A_TIME
  }

  atomic { /* classify_post, Settlement.settle */
    DIE_OR;
    if
    :: outcome == BUSY -> posted[e] = 0;
      if
      :: goto refused_for_now
      :: goto send /* the key was refused, and there is a newer one */
      fi
    :: outcome == REFUSED -> posted[e] = 0; turned_down[d] = 1; goto refused
    :: outcome == LOST -> goto lost
    :: outcome == ACCEPTED
    fi;
    number = 1;
    if
    :: crashes > 0 -> crashes--; broken = 1; goto start /* the table is out of order, `finally` starts the watch */
    :: true
    fi;
    adopt_task(worker_token[w]) /* Edits.accepted */
  }

  atomic { /* Slots.extend */
    DIE_OR;
    extend_slot(worker_token[w]);
    ONE_AT_A_TIME
  }

start:
  atomic { /* Workflow.start: StartExecution */
    DIE_OR;
    if
    :: execution[e] < number -> execution[e] = number; running[e] = 1; if :: broken -> goto fell :: else -> goto unpark fi
    :: execution[e] >= number && running[e] && execution[e] == number -> if :: broken -> goto fell :: else -> goto unpark fi
    :: else
    fi
  }
  atomic { /* Edits.raise_attempt, Workflow._attempt_now */
    DIE_OR;
    if
    :: attempt[e] == number -> attempt[e]++
    :: else
    fi;
    number = attempt[e];
    if
    :: number > EXECUTIONS || (!LATE && HAS_ENDED(state[e])) -> assert(HAS_ENDED(state[e])); if :: broken -> goto fell :: else -> goto unpark fi
    :: number <= EXECUTIONS && (LATE || !HAS_ENDED(state[e])) -> goto start
    fi
  }

no_slot: /* Settlement.park after Edits.release */
  atomic { DIE_OR; release(worker_token[w]); goto park }

lost:
  atomic { /* LostAnswer.settle: Slots.extend */
    DIE_OR;
#ifdef MUTANT_RELEASE_ON_LOST
    goto refused_for_now
#else
    extend_slot(worker_token[w])
#endif
  }
  atomic { /* Edits.ambiguous */
    DIE_OR;
    write_ambiguous(worker_token[w]);
    if :: written :: else -> goto unpark fi
  }
  atomic { DIE_OR; publish(AMBIGUOUS) }
  atomic { DIE_OR; confirm(AMBIGUOUS); goto unpark }

notify_again:
  atomic { /* Submit._notify_again */ DIE_OR; publish(seen) }
  atomic { DIE_OR; drop_told[d] = 1 }
  atomic { DIE_OR; confirm(seen); goto unpark }

claim_lost: /* Purchase._ready: Slots.give_back, then ComeBack */
  atomic { DIE_OR; free_slot(worker_token[w]); goto come_back }

too_late: /* Settlement.free, then ComeBack */
  atomic { DIE_OR; free_slot(worker_token[w]) }
  atomic { DIE_OR; release(worker_token[w]); goto come_back }

refused_for_now: /* Settlement.free, Settlement.park */
  atomic { DIE_OR; free_slot(worker_token[w]) }
  atomic { DIE_OR; release(worker_token[w]); goto park }

refused: /* Settlement._reject: Drops.refuse, Settlement.free, Parking.release_due, Rejection.notify */
#ifdef MUTANT_FREED_FIRST
  atomic { DIE_OR; release(worker_token[w]) }
#endif
  atomic {
    DIE_OR;
    refusal[d] = 1; parked[d] = 0;
    if :: state[e] == POSTING && token[e] == worker_token[w] -> proven[e] = 1 :: else fi
  }
  atomic { DIE_OR; free_slot(worker_token[w]) }
  atomic { DIE_OR; release(worker_token[w]); RELEASE_ONE; goto tell }

cannot_buy: /* Submit._cannot_buy: Drops.refuse, Rejection.notify, Edits.give_up */
  atomic { DIE_OR; refusal[d] = 1; parked[d] = 0 }

tell: /* Rejection.notify: Notices.publish, Drops.mark_notified */
  atomic { DIE_OR; informed[d] = 1 }
  atomic {
    DIE_OR;
    drop_told[d] = 1; parked[d] = 0; due[d] = 0;
    if
    :: outcome == REFUSED -> goto done
    :: outcome != REFUSED && seen_token[w] -> goto leave
    :: outcome != REFUSED && !seen_token[w]
    fi
  }
refused_before:
  atomic { /* Submit._give_up_claim: Edits.get */
    DIE_OR;
    if
    :: state[e] == CLAIMED && !lease[e] -> seen_token[w] = token[e]
    :: else -> goto done
    fi
  }
leave:
  atomic {
    DIE_OR;
    give_up(seen_token[w]);
    goto done
  }

park: /* Drops.park */
  atomic {
    DIE_OR;
#ifdef MUTANT_PARK_REFUSED
    parked[d] = 1; due[d] = 1;
#else
    if :: refusal[d] :: else -> parked[d] = 1; due[d] = 1 fi;
#endif
    goto done
  }

unpark: /* Drops.unpark */
  atomic { DIE_OR; parked[d] = 0; due[d] = 0; goto done }

died: /* out of budget already */
fell:
come_back: /* the message returns, by ComeBack or when its visibility timeout is over */
  atomic {
    if
    :: has_message[w] && worker_kind[w] == OBJECT -> objects[d]++
    :: has_message[w] && worker_kind[w] == RELEASE -> releases[d] = 1
    :: else
    fi;
    goto done
  }
done: /* the message is deleted */
  atomic {
    has_message[w] = 0; busy[w] = 0; worker_kind[w] = 0; worker_drop[w] = 0;
    worker_token[w] = 0; seen_token[w] = 0; zombie[w] = 0;
    d = 0; e = 0; seen = 0; number = 0; outcome = 0; seen_before = 0; written = 0; broken = 0;
    goto end_idle
  }
}

#define CRASH_OR if :: crashes > 0 -> crashes--; if :: goto finalize :: goto closed fi :: true fi /* Retry, or Unfinished */

/* The edit workflow: poll, then finalize, again after a crash as its Retry says; or the execution dies. */
#define ENDS lease[e] = 0; task_known[e] = 0; open[e] = 1; heard[e] = 0

proctype Execution(byte e)
{
  byte outcome, seen;
  bit told; /* whether the record names this task */

end_idle:
  atomic { /* Poll.handle */
    running[e] ->
    if
    :: outcome = READY; at_work[e] = 0
    :: outcome = BROKEN; at_work[e] = 0
    :: EDITS == 2 -> outcome = EXPIRED /* differs from BROKEN for the slot only */
    :: crashes > 0 -> crashes--; goto closed
    fi;
finalize: /* Finalize.handle: Edits.get */
    seen = state[e];
    told = task_known[e]
  }
  atomic { /* Finalize._free_slot: the task that the record names has ended */
    if
    :: !told || outcome == EXPIRED
    :: told && outcome != EXPIRED -> CRASH_OR; free_slot(token[e]); RELEASE_ONE
    fi;
    if
    :: seen == SUCCEEDED || (seen == FAILED && outcome != READY) -> goto close
    :: else
    fi
  }
  /* Outbox.put_picture and put_json: the same keys each time, nothing to remember */
  atomic { /* Edits.end */
    CRASH_OR;
    if
    :: state[e] == SUBMITTED && outcome == READY -> EDGE(SUBMITTED, SUCCEEDED); ENDS; seen = SUCCEEDED
    :: state[e] == POSTING   && outcome == READY -> EDGE(POSTING, SUCCEEDED);   ENDS; seen = SUCCEEDED
    :: state[e] == AMBIGUOUS && outcome == READY -> EDGE(AMBIGUOUS, SUCCEEDED); ENDS; seen = SUCCEEDED
    :: state[e] == FAILED    && outcome == READY -> EDGE(FAILED, SUCCEEDED);    ENDS; seen = SUCCEEDED
    :: state[e] == SUBMITTED && outcome != READY -> EDGE(SUBMITTED, FAILED);    ENDS; seen = FAILED
    :: state[e] == POSTING   && outcome != READY -> EDGE(POSTING, FAILED);      ENDS; seen = FAILED
    :: state[e] == AMBIGUOUS && outcome != READY -> EDGE(AMBIGUOUS, FAILED);    ENDS; seen = FAILED
    :: else -> assert(false) /* never: LookupError, the record names another task */
    fi
  }
close:
  atomic { /* Finalize._close: Slots.give_back */
    CRASH_OR;
    if
    :: outcome == EXPIRED
    :: outcome != EXPIRED -> free_slot(token[e]); token[e] = 0 /* asked for nothing more */
    fi;
    if :: outcome == EXPIRED :: else -> RELEASE_ONE fi
  }
  atomic { /* Notices.publish */
    CRASH_OR;
    publish(seen);
    if :: EDITS == 2 -> confirm(seen); goto closed :: EDITS == 1 fi /* with one edit these are two steps */
  }
  atomic { /* Edits.notified */
    CRASH_OR;
    confirm(seen)
  }
closed:
  atomic { running[e] = 0; outcome = 0; seen = 0; goto end_idle }
}

#define IN_TIME(e) (EARLY || !(running[e] || busy[0] || busy[1]))

#ifdef MUTANT_EARLY_AMBIGUOUS
#define PATIENCE_IS_OVER(e) true
#else
#define PATIENCE_IS_OVER(e) (!lease[e])
#endif
#ifdef MUTANT_NO_RESTART
#define NEEDS_A_LOOK(e) false
#else
#define NEEDS_A_LOOK(e) (state[e] == SUBMITTED && !running[e] && IN_TIME(e))
#endif
#define DUE(e) ((state[e] == CLAIMED && !lease[e] && !WAITS(owner[e])) || (state[e] == POSTING && PATIENCE_IS_OVER(e)) || NEEDS_A_LOOK(e) || (HAS_ENDED(state[e]) && open[e] && IN_TIME(e)))

/* Sweep.handle settles the edits first: in this order where endless rounds are looked for, in any order elsewhere. */
#ifdef LIVE
#define EDITS_FIRST !DUE(0)
#else
#define EDITS_FIRST true
#endif

proctype Sweep()
{
  byte e, seen, number;
  bit written;

end_idle:
  atomic { /* Edits.due and Edits.get, or Parking.release_due */
    if
    :: due[0] && !WAITS(0) && EDITS_FIRST -> releases[0] = 1; goto end_idle
    :: due[1] && !WAITS(1) && EDITS_FIRST -> releases[1] = 1; goto end_idle
    :: DUE(0)
    :: DUE(1) -> e = 1
    fi;
    if
    :: state[e] == CLAIMED -> releases[owner[e]] = 1; e = 0; goto end_idle
    :: state[e] == POSTING -> sweep_token = token[e]; /* Sweep._abandoned: Workflow.input_of */
      if
      :: execution[e] > 0
      :: execution[e] == 0 && proven[e] -> goto freed
      :: execution[e] == 0 && !proven[e] -> seen = AMBIGUOUS; goto abandoned
      fi
    :: state[e] == SUBMITTED -> number = attempt[e]; sweep_token = token[e]; goto keep
    :: HAS_ENDED(state[e]) -> seen = state[e]; goto tell
    fi
  }
  atomic { DIE_OR; extend_slot(sweep_token) } /* Sweep._keep_slot */
  atomic { DIE_OR; adopt_task(sweep_token); goto done } /* Edits.accepted */
freed: /* Sweep._abandoned: was_refused, Edits.release */
  atomic { DIE_OR; release(sweep_token); goto done }
abandoned:
  atomic { DIE_OR; extend_slot(sweep_token) } /* Sweep._keep_slot */
  atomic { /* Edits.ambiguous */
    DIE_OR;
    write_ambiguous(sweep_token);
    if :: written :: else -> goto done fi
  }
tell:
  atomic { DIE_OR; publish(seen) }
  atomic { DIE_OR; confirm(seen); goto done }

keep:
  atomic { DIE_OR; extend_slot(sweep_token) } /* Sweep._keep_slot */
start:
  atomic { /* Workflow.start: StartExecution */
    DIE_OR;
    if
    :: execution[e] < number -> execution[e] = number; running[e] = 1; goto done
    :: execution[e] >= number && running[e] && execution[e] == number -> goto done
    :: else
    fi
  }
  atomic { /* Edits.raise_attempt, Workflow._attempt_now */
    DIE_OR;
    if
    :: attempt[e] == number -> attempt[e]++
    :: else
    fi;
    number = attempt[e];
    if
    :: number > EXECUTIONS || (!LATE && HAS_ENDED(state[e])) -> assert(HAS_ENDED(state[e])); goto done
    :: number <= EXECUTIONS && (LATE || !HAS_ENDED(state[e])) -> goto start
    fi
  }
died:
done:
  atomic { e = 0; seen = 0; number = 0; written = 0; sweep_token = 0; goto end_idle }
}

#define WORKS(t) (worker_token[0] == t || worker_token[1] == t)

/* Lease ends: of a dead worker's claim always, of one that still runs as often as ZOMBIES says. */
proctype ClaimClock(byte e)
{
  byte w;
end_idle:
  atomic {
    if
    :: (state[e] == CLAIMED || state[e] == POSTING) && lease[e] && !WORKS(token[e]) -> lease[e] = 0
    :: (state[e] == CLAIMED || state[e] == POSTING) && lease[e] && WORKS(token[e]) && zombies > 0 ->
      zombies--; lease[e] = 0;
      if :: worker_token[0] == token[e] -> w = 0 :: else -> w = 1 fi;
      zombie[w] = (state[e] == CLAIMED);
      if
      :: EDITS == 1 && has_message[w] -> /* its visibility timeout is over as well */
        has_message[w] = 0;
        if
        :: worker_kind[w] == OBJECT -> objects[worker_drop[w]]++
        :: else -> releases[worker_drop[w]] = 1
        fi
      :: true
      fi;
      w = 0
    fi;
    goto end_idle
  }
}

/* A slot is taken for longer than a POST can stay unsettled; sweep extends it before that is over. */
#define HOLDER (slot_edit - 1)
#define MAY_BE_PAID (token[HOLDER] == slot_token && (state[HOLDER] == POSTING || state[HOLDER] == SUBMITTED))

proctype SlotClock()
{
end_idle:
  atomic {
    if
    :: slot_live && slot_long && HAS_ENDED(state[HOLDER])
    :: slot_live && !slot_long && !MAY_BE_PAID && !WORKS(slot_token)
    fi;
    slot_live = 0;
    lapsed[HOLDER] = HAS_ENDED(state[HOLDER]); /* a lost task, or one past its deadline, may be at work for ever */
    goto end_idle
  }
}

#define QUIET(d) (informed[d] && !parked[d] && !due[d] && objects[d] == 0 && !releases[d])

inline check(d, e) /* when nothing is left to do */
{
  assert(QUIET(d));
  assert(HAS_ENDED(state[e]) || state[e] == RELEASED || state[e] == NONE);
  assert(!task_known[e]);
  assert(!HAS_ENDED(state[e]) || (!open[e] && heard[e]))
}

init
{
  atomic {
    objects[0] = COPIES;
    if :: DROPS == 2 -> objects[1] = COPIES :: else fi;
    run Submit(0); run Submit(1); run Sweep(); run Execution(0); run ClaimClock(0);
    run SlotClock();
    if :: EDITS == 2 -> run Execution(1); run ClaimClock(1) :: else fi
  }
  timeout;
  d_step {
    check(0, 0);
    if :: DROPS == 2 -> check(1, EDIT_OF(1)) :: else fi
  }
}

#ifdef LIVE
ltl ends { <> [] (QUIET(0) && (DROPS == 1 || QUIET(1))) }
#endif

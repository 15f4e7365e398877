"""The pool of free blocks as LLVM code: what generated code calls in place of Numba's allocation.

The pool holds *free* blocks alone: an array that is alive owns its block, and its destructor puts
the block back. So recursion, threads, exceptions and results that Python holds are no cases.

A slot of the table is empty (0), has a free block (1), or is held (2) by the thread that is
about to change it, which nobody waits for: others look at the next slot.
"""

SLOTS = 64
HEADER = 64
"""Bytes before the data: the size of the block and where it was allocated."""

PAGE = 4096

KEPT, LIMIT, SMALLEST, CLOCK, FOUND, ALLOCATED = range(6)
"""The words of the pool: bytes in free blocks, how many there may be, the least size of an array
that is served, what orders blocks by age, and two counters: arrays from free blocks, and others."""

ALLOCATE = "srcad_alloc_aligned"
NUMBA_ALLOCATE = "NRT_MemInfo_alloc_aligned"

BRIDGE = f"""
declare noalias ptr @{NUMBA_ALLOCATE}(i64, i32)
define linkonce_odr noalias ptr @{ALLOCATE}(i64 %size, i32 %align) alwaysinline {{
  %made = call ptr @{NUMBA_ALLOCATE}(i64 %size, i32 %align)
  ret ptr %made
}}
"""
"""Takes redirected code back, to be redirected as a whole: a module has one name for one thing."""

TEXT = f"""
%slot = type {{ i64, ptr, i64, i64 }}
@slots = internal global [{SLOTS} x %slot] zeroinitializer, align 64
@words = internal global [8 x i64] zeroinitializer, align 64
declare ptr @NRT_Allocate(i64)
declare void @NRT_Free(ptr)
declare ptr @NRT_get_api()
declare ptr @{NUMBA_ALLOCATE}(i64, i32)

define ptr @srcad_pool_words() {{
  ret ptr @words
}}

define internal i64 @word(i64 %k) alwaysinline {{
  %at = getelementptr [8 x i64], ptr @words, i64 0, i64 %k
  %value = load atomic i64, ptr %at monotonic, align 8
  ret i64 %value
}}

define internal i64 @add(i64 %k, i64 %n) alwaysinline {{
  %at = getelementptr [8 x i64], ptr @words, i64 0, i64 %k
  %before = atomicrmw add ptr %at, i64 %n monotonic
  ret i64 %before
}}

define internal i1 @held(ptr %slot, i64 %state) alwaysinline {{
  %pair = cmpxchg ptr %slot, i64 %state, i64 2 acq_rel monotonic
  %done = extractvalue {{ i64, i1 }} %pair, 1
  ret i1 %done
}}

define internal void @free_block(ptr %data) {{
  %at = getelementptr i8, ptr %data, i64 {8 - HEADER}
  %base = load ptr, ptr %at
  call void @NRT_Free(ptr %base)
  ret void
}}

; the block of a slot that is held, which is empty afterwards
define internal ptr @emptied(ptr %slot) {{
  %block_at = getelementptr %slot, ptr %slot, i32 0, i32 1
  %size_at = getelementptr %slot, ptr %slot, i32 0, i32 2
  %data = load ptr, ptr %block_at
  %size = load atomic i64, ptr %size_at monotonic, align 8
  store atomic i64 0, ptr %slot release, align 8
  %less = sub i64 0, %size
  %before = call i64 @add(i64 {KEPT}, i64 %less)
  ret ptr %data
}}

; whether a block is large enough, and not larger by more than a quarter
define internal i1 @fits(ptr %slot, i64 %size) alwaysinline {{
  %size_at = getelementptr %slot, ptr %slot, i32 0, i32 2
  %have = load atomic i64, ptr %size_at monotonic, align 8
  %enough = icmp uge i64 %have, %size
  %quarter = lshr i64 %size, 2
  %most = add i64 %size, %quarter
  %near = icmp ule i64 %have, %most
  %both = and i1 %enough, %near
  ret i1 %both
}}

; the data of a free block, or null; size: whole pages
define internal ptr @found(i64 %size) {{
entry:
  br label %loop
loop:
  %k = phi i64 [0, %entry], [%next_k, %next]
  %slot = getelementptr [{SLOTS} x %slot], ptr @slots, i64 0, i64 %k
  %state = load atomic i64, ptr %slot acquire, align 8
  %is_free = icmp eq i64 %state, 1
  br i1 %is_free, label %look, label %next
look:
  %fit = call i1 @fits(ptr %slot, i64 %size)
  br i1 %fit, label %try, label %next
try:
  %ours = call i1 @held(ptr %slot, i64 1)
  br i1 %ours, label %again, label %next
again:
  %still = call i1 @fits(ptr %slot, i64 %size)
  br i1 %still, label %got, label %back
back:
  store atomic i64 1, ptr %slot release, align 8
  br label %next
got:
  %data = call ptr @emptied(ptr %slot)
  ret ptr %data
next:
  %next_k = add i64 %k, 1
  %more = icmp ult i64 %next_k, {SLOTS}
  br i1 %more, label %loop, label %none
none:
  ret ptr null
}}

; the data of a new block, or null; aligned by hand, as not all platforms do it
define internal ptr @new(i64 %size, i64 %align) {{
entry:
  %room = add i64 %align, {HEADER}
  %all = add i64 %size, %room
  %base = call ptr @NRT_Allocate(i64 %all)
  %failed = icmp eq ptr %base, null
  br i1 %failed, label %none, label %made
none:
  ret ptr null
made:
  %address = ptrtoint ptr %base to i64
  %least = add i64 %address, %room
  %mask = sub i64 0, %align
  %aligned = and i64 %least, %mask
  %data = inttoptr i64 %aligned to ptr
  %size_at = getelementptr i8, ptr %data, i64 {-HEADER}
  store i64 %size, ptr %size_at
  %base_at = getelementptr i8, ptr %data, i64 {8 - HEADER}
  store ptr %base, ptr %base_at
  ret ptr %data
}}

; free the block that has been free for longest; whether there was one
define internal i1 @evicted() {{
entry:
  br label %loop
loop:
  %k = phi i64 [0, %entry], [%next_k, %next]
  %oldest = phi ptr [null, %entry], [%older, %next]
  %age = phi i64 [-1, %entry], [%next_age, %next]
  %slot = getelementptr [{SLOTS} x %slot], ptr @slots, i64 0, i64 %k
  %state = load atomic i64, ptr %slot acquire, align 8
  %is_free = icmp eq i64 %state, 1
  %stamp_at = getelementptr %slot, ptr %slot, i32 0, i32 3
  %stamp = load atomic i64, ptr %stamp_at monotonic, align 8
  %before = icmp ult i64 %stamp, %age
  %is = and i1 %is_free, %before
  br label %next
next:
  %older = select i1 %is, ptr %slot, ptr %oldest
  %next_age = select i1 %is, i64 %stamp, i64 %age
  %next_k = add i64 %k, 1
  %more = icmp ult i64 %next_k, {SLOTS}
  br i1 %more, label %loop, label %end
end:
  %none = icmp eq ptr %older, null
  br i1 %none, label %no, label %try
try:
  %ours = call i1 @held(ptr %older, i64 1)
  br i1 %ours, label %yes, label %no
yes:
  %data = call ptr @emptied(ptr %older)
  call void @free_block(ptr %data)
  ret i1 true
no:
  ret i1 false
}}

; whether a block has found a slot
define internal i1 @kept(ptr %data, i64 %size) {{
entry:
  br label %loop
loop:
  %k = phi i64 [0, %entry], [%next_k, %next]
  %slot = getelementptr [{SLOTS} x %slot], ptr @slots, i64 0, i64 %k
  %state = load atomic i64, ptr %slot monotonic, align 8
  %is_empty = icmp eq i64 %state, 0
  br i1 %is_empty, label %try, label %next
try:
  %ours = call i1 @held(ptr %slot, i64 0)
  br i1 %ours, label %got, label %next
got:
  %block_at = getelementptr %slot, ptr %slot, i32 0, i32 1
  %size_at = getelementptr %slot, ptr %slot, i32 0, i32 2
  %stamp_at = getelementptr %slot, ptr %slot, i32 0, i32 3
  %stamp = call i64 @add(i64 {CLOCK}, i64 1)
  store ptr %data, ptr %block_at
  store atomic i64 %size, ptr %size_at monotonic, align 8
  store atomic i64 %stamp, ptr %stamp_at monotonic, align 8
  %before = call i64 @add(i64 {KEPT}, i64 %size)
  store atomic i64 1, ptr %slot release, align 8
  ret i1 true
next:
  %next_k = add i64 %k, 1
  %more = icmp ult i64 %next_k, {SLOTS}
  br i1 %more, label %loop, label %none
none:
  ret i1 false
}}

; the destructor of an array: its block goes to the pool, older ones make room
define internal void @give(ptr %data) {{
entry:
  %size_at = getelementptr i8, ptr %data, i64 {-HEADER}
  %size = load i64, ptr %size_at
  %most = call i64 @word(i64 {LIMIT})
  %too_large = icmp ugt i64 %size, %most
  br i1 %too_large, label %drop, label %fit
fit:
  %have = call i64 @word(i64 {KEPT})
  %sum = add i64 %have, %size
  %over = icmp ugt i64 %sum, %most
  br i1 %over, label %room, label %keep
room:
  %was = call i1 @evicted()
  br i1 %was, label %fit, label %drop
keep:
  %done = call i1 @kept(ptr %data, i64 %size)
  br i1 %done, label %end, label %slot
slot:
  %freed = call i1 @evicted()
  br i1 %freed, label %last, label %drop
last:
  %did = call i1 @kept(ptr %data, i64 %size)
  br i1 %did, label %end, label %drop
drop:
  call void @free_block(ptr %data)
  br label %end
end:
  ret void
}}

define ptr @{ALLOCATE}(i64 %size, i32 %align) {{
entry:
  %least = call i64 @word(i64 {SMALLEST})
  %is_small = icmp ult i64 %size, %least
  %is_huge = icmp ugt i64 %size, {1 << 60}
  %is_odd = icmp ugt i32 %align, {HEADER}
  %small_or_huge = or i1 %is_small, %is_huge
  %not_ours = or i1 %small_or_huge, %is_odd
  br i1 %not_ours, label %usual, label %ours
usual:
  %theirs = call ptr @{NUMBA_ALLOCATE}(i64 %size, i32 %align)
  ret ptr %theirs
ours:
  %up = add i64 %size, {PAGE - 1}
  %whole = and i64 %up, {-PAGE}
  %old = call ptr @found(i64 %whole)
  %none = icmp eq ptr %old, null
  br i1 %none, label %fresh, label %again
again:
  %count = call i64 @add(i64 {FOUND}, i64 1)
  br label %wrap
fresh:
  %others = call i64 @add(i64 {ALLOCATED}, i64 1)
  %new = call ptr @new(i64 %whole, i64 {HEADER})
  %failed = icmp eq ptr %new, null
  br i1 %failed, label %no, label %wrap
no:
  ret ptr null
wrap:
  %data = phi ptr [%old, %again], [%new, %fresh]
  %api = call ptr @NRT_get_api()
  %manage_at = getelementptr ptr, ptr %api, i64 2
  %manage = load ptr, ptr %manage_at
  %made = call ptr %manage(ptr %data, ptr @give)
  %unmade = icmp eq ptr %made, null
  br i1 %unmade, label %back, label %end
back:
  call void @free_block(ptr %data)
  ret ptr null
end:
  ret ptr %made
}}

define void @srcad_pool_release() {{
entry:
  br label %loop
loop:
  %k = phi i64 [0, %entry], [%next_k, %next]
  %slot = getelementptr [{SLOTS} x %slot], ptr @slots, i64 0, i64 %k
  %ours = call i1 @held(ptr %slot, i64 1)
  br i1 %ours, label %got, label %next
got:
  %data = call ptr @emptied(ptr %slot)
  call void @free_block(ptr %data)
  br label %next
next:
  %next_k = add i64 %k, 1
  %more = icmp ult i64 %next_k, {SLOTS}
  br i1 %more, label %loop, label %end
end:
  ret void
}}

; in a new process with one thread: what others held is lost, and the bytes are counted again
define void @srcad_pool_forked() {{
entry:
  br label %loop
loop:
  %k = phi i64 [0, %entry], [%next_k, %next]
  %sum = phi i64 [0, %entry], [%next_sum, %next]
  %slot = getelementptr [{SLOTS} x %slot], ptr @slots, i64 0, i64 %k
  %size_at = getelementptr %slot, ptr %slot, i32 0, i32 2
  %state = load atomic i64, ptr %slot acquire, align 8
  %is_free = icmp eq i64 %state, 1
  %size = load atomic i64, ptr %size_at monotonic, align 8
  br i1 %is_free, label %next, label %lost
lost:
  store atomic i64 0, ptr %slot release, align 8
  br label %next
next:
  %counts = phi i64 [%size, %loop], [0, %lost]
  %next_sum = add i64 %sum, %counts
  %next_k = add i64 %k, 1
  %more = icmp ult i64 %next_k, {SLOTS}
  br i1 %more, label %loop, label %end
end:
  store atomic i64 %next_sum, ptr @words release, align 8
  ret void
}}
"""

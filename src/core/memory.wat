;; The inner loops of core/memory.ts over the one memory that frames and pages live in: copying, and the Internet checksum's sum (RFC 1071),
;; sixteen octets at a time. `npm run wasm` makes src/core/memory-module.ts of it.
;;
;; A sum is taken over little-endian words, which the machine reads at once, and turned into the network's order at the end: a one's
;; complement sum does not care in which order the octets of its words stand, as long as it is the same for all (RFC 1071 §2 (B)).
(module
  (import "core" "memory" (memory 1))

  ;; Up to fifteen octets at `at`, the rest zero, in order: a sum may take them as sixteen.
  (func $rest (param $at i32) (param $length i32) (result v128)
    (local $v v128)
    (local $word i32)
    (local $low i64)
    (local $high i64)
    (local $shift i64)
    ;; Eight, four, two, one: read from the end, so that what comes first ends up lowest.
    (if (i32.and (local.get $length) (i32.const 1))
      (then (local.set $low (i64.load8_u (i32.add (local.get $at) (i32.and (local.get $length) (i32.const 14)))))))
    (if (i32.and (local.get $length) (i32.const 2))
      (then (local.set $low (i64.or (i64.shl (local.get $low) (i64.const 16))
        (i64.load16_u (i32.add (local.get $at) (i32.and (local.get $length) (i32.const 12))))))))
    (if (i32.and (local.get $length) (i32.const 4))
      (then (local.set $low (i64.or (i64.shl (local.get $low) (i64.const 32))
        (i64.load32_u (i32.add (local.get $at) (i32.and (local.get $length) (i32.const 8))))))))
    (if (i32.and (local.get $length) (i32.const 8))
      (then
        (local.set $high (local.get $low))
        (local.set $low (i64.load (local.get $at)))))
    (i64x2.replace_lane 1 (i64x2.splat (local.get $low)) (local.get $high)))

  ;; Four partial sums of words less 32,768 each, and what they are less in all, brought to sixteen bits, in the network's order.
  (func $finish (param $sums v128) (param $less i32) (result i32)
    (local $sum i64)
    (local $folded i32)
    (local.set $sum (i64.add (i64.extend_i32_u (local.get $less)) (i64.add
      (i64.add (i64.extend_i32_s (i32x4.extract_lane 0 (local.get $sums))) (i64.extend_i32_s (i32x4.extract_lane 1 (local.get $sums))))
      (i64.add (i64.extend_i32_s (i32x4.extract_lane 2 (local.get $sums))) (i64.extend_i32_s (i32x4.extract_lane 3 (local.get $sums)))))))
    (local.set $folded (i32.add
      (i32.add (i32.wrap_i64 (i64.and (local.get $sum) (i64.const 0xffff)))
               (i32.wrap_i64 (i64.and (i64.shr_u (local.get $sum) (i64.const 16)) (i64.const 0xffff))))
      (i32.wrap_i64 (i64.shr_u (local.get $sum) (i64.const 32)))))
    (local.set $folded (i32.add (i32.and (local.get $folded) (i32.const 0xffff)) (i32.shr_u (local.get $folded) (i32.const 16))))
    (local.set $folded (i32.add (i32.and (local.get $folded) (i32.const 0xffff)) (i32.shr_u (local.get $folded) (i32.const 16))))
    (i32.or
      (i32.shl (i32.and (local.get $folded) (i32.const 0xff)) (i32.const 8))
      (i32.shr_u (local.get $folded) (i32.const 8))))

  ;; The sum of `length` octets at `at`, at most 131,072 of them, in sixteen bits. A word with its highest bit turned over is, as a signed number, 32,768 less than it was: so the
  ;; machine's one instruction that adds neighbouring words, which are signed to it, does for unsigned ones, too.
  (func (export "sum") (param $at i32) (param $length i32) (result i32)
    (local $a v128)
    (local $b v128)
    (local $flip v128)
    (local $ones v128)
    (local $end i32)
    (local.set $flip (i16x8.splat (i32.const 0x8000)))
    (local.set $ones (i16x8.splat (i32.const 1)))
    (local.set $end (i32.add (local.get $at) (i32.and (local.get $length) (i32.const -64))))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (v128.xor (v128.load (local.get $at)) (local.get $flip)) (local.get $ones))))
        (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s (v128.xor (v128.load offset=16 (local.get $at)) (local.get $flip)) (local.get $ones))))
        (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (v128.xor (v128.load offset=32 (local.get $at)) (local.get $flip)) (local.get $ones))))
        (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s (v128.xor (v128.load offset=48 (local.get $at)) (local.get $flip)) (local.get $ones))))
        (local.set $at (i32.add (local.get $at) (i32.const 64)))
        (br $more)))
    (local.set $end (i32.add (local.get $at) (i32.and (local.get $length) (i32.const 48))))
    (block $done16
      (loop $more16
        (br_if $done16 (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (v128.xor (v128.load (local.get $at)) (local.get $flip)) (local.get $ones))))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br $more16)))
    (if (i32.and (local.get $length) (i32.const 15))
      (then (local.set $b (i32x4.add (local.get $b)
        (i32x4.extadd_pairwise_i16x8_u (call $rest (local.get $at) (i32.and (local.get $length) (i32.const 15))))))))
    ;; Two octets are a word: 16,384 for each octet that was summed so.
    (call $finish (i32x4.add (local.get $a) (local.get $b)) (i32.shl (i32.and (local.get $length) (i32.const -16)) (i32.const 14))))

  ;; `count` octets from `from` to `to`; the two may not overlap. The last piece overlaps the one before it, so that no octet is moved alone.
  (func (export "copy") (param $to i32) (param $from i32) (param $count i32)
    (local $end i32)
    (local $rest i32)
    (if (i32.lt_u (local.get $count) (i32.const 16))
      (then
        (memory.copy (local.get $to) (local.get $from) (local.get $count))
        (return)))
    (local.set $end (i32.add (local.get $from) (i32.and (local.get $count) (i32.const -64))))
    (block $done
      (loop $more
        (br_if $done (i32.ge_u (local.get $from) (local.get $end)))
        (v128.store (local.get $to) (v128.load (local.get $from)))
        (v128.store offset=16 (local.get $to) (v128.load offset=16 (local.get $from)))
        (v128.store offset=32 (local.get $to) (v128.load offset=32 (local.get $from)))
        (v128.store offset=48 (local.get $to) (v128.load offset=48 (local.get $from)))
        (local.set $to (i32.add (local.get $to) (i32.const 64)))
        (local.set $from (i32.add (local.get $from) (i32.const 64)))
        (br $more)))
    (local.set $end (i32.add (local.get $from) (i32.and (local.get $count) (i32.const 48))))
    (block $done16
      (loop $more16
        (br_if $done16 (i32.ge_u (local.get $from) (local.get $end)))
        (v128.store (local.get $to) (v128.load (local.get $from)))
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (local.set $from (i32.add (local.get $from) (i32.const 16)))
        (br $more16)))
    (local.set $rest (i32.sub (i32.and (local.get $count) (i32.const 15)) (i32.const 16)))
    (v128.store
      (i32.add (local.get $to) (local.get $rest))
      (v128.load (i32.add (local.get $from) (local.get $rest))))))

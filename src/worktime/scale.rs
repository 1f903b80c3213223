//! What is counted along a line of numbers: pieces that count, and between them what doesn't. Working microseconds
//! along instants and working days along days are both such scales.

/// A stretch of the line, from `begin` up to but without `end`.
#[derive(Debug)]
pub(super) struct Scale {
    begin: i64,
    end: i64,
    pieces: Vec<Piece>,
    total: i64,
}

#[derive(Debug, Clone, Copy)]
struct Piece {
    from: i64,
    to: i64,
    /// Counted in the stretch before this piece.
    before: i64,
}

impl Scale {
    /// A stretch on which nothing counts yet.
    pub(super) const fn new(begin: i64, end: i64) -> Self {
        Self { begin, end, pieces: Vec::new(), total: 0 }
    }

    /// Adds a piece behind the last one.
    pub(super) fn push(&mut self, from: i64, to: i64) {
        self.pieces.push(Piece { from, to, before: self.total });
        self.total += to - from;
    }

    pub(super) const fn begin(&self) -> i64 {
        self.begin
    }

    pub(super) const fn end(&self) -> i64 {
        self.end
    }

    pub(super) const fn total(&self) -> i64 {
        self.total
    }

    /// What counts between the beginning and `at`.
    pub(super) fn counted(&self, at: i64) -> i64 {
        let next = self.pieces.partition_point(|piece| piece.from < at);
        let last = next.checked_sub(1).and_then(|last| self.pieces.get(last));
        last.map_or(0, |piece| piece.before + at.min(piece.to) - piece.from)
    }

    /// The first place up to which so much counts, at least 1.
    pub(super) fn reached(&self, count: i64) -> Option<i64> {
        let next = self.pieces.partition_point(|piece| piece.before < count);
        let piece = self.pieces.get(next.checked_sub(1)?)?;
        (count <= self.total).then(|| piece.from + (count - piece.before))
    }
}

/// A stretch that repeats for ever, forwards and backwards.
#[derive(Debug)]
pub(super) struct Repeated(pub(super) Scale);

impl Repeated {
    const fn length(&self) -> i64 {
        self.0.end - self.0.begin
    }

    /// What counts between the beginning of the stretch and `at`; negative for what lies before.
    pub(super) fn counted(&self, at: i64) -> i64 {
        let distance = at.saturating_sub(self.0.begin);
        let (times, rest) = (distance.div_euclid(self.length()), distance.rem_euclid(self.length()));
        times * self.0.total + self.0.counted(self.0.begin + rest)
    }

    /// The first place at which [`Repeated::counted`] is `count`; none if nothing ever counts, or beyond all numbers.
    pub(super) fn reached(&self, count: i64) -> Option<i64> {
        let times = count.checked_sub(1)?.checked_div_euclid(self.0.total)?;
        let within = self.0.reached(count - times * self.0.total)?;
        times.checked_mul(self.length())?.checked_add(within)
    }
}

//! Texts one after the other, as a page of Parquet has them.

/// Texts, each with its length before it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    bytes: Vec<u8>,
    count: usize,
}

/// In so many bytes the length of a text is told.
const LENGTH: usize = size_of::<u32>();

impl Texts {
    /// Adds one.
    ///
    /// # Panics
    /// If it is longer than a page of Parquet may be.
    pub(crate) fn push(&mut self, text: &str) {
        let length = u32::try_from(text.len()).expect("a text of less than 4 GiB");
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(text.as_bytes());
        self.count += 1;
    }

    pub(crate) fn clear(&mut self) {
        self.bytes.clear();
        self.count = 0;
    }

    pub(super) fn len(&self) -> usize {
        self.count
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes of each.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes();
        std::iter::from_fn(move || {
            let (length, behind) = rest.split_first_chunk::<LENGTH>()?;
            let (text, behind) = behind.split_at(u32::from_le_bytes(*length) as usize);
            rest = behind;
            Some(text)
        })
    }
}

impl<'t> FromIterator<&'t str> for Texts {
    fn from_iter<I: IntoIterator<Item = &'t str>>(texts: I) -> Self {
        let mut all = Self::default();
        texts.into_iter().for_each(|text| all.push(text));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_told_apart() {
        let told = ["", "a", "", "über", ""];
        let texts = Texts::from_iter(told);
        assert_eq!(texts.len(), told.len());
        assert!(texts.iter().eq(told.iter().map(|text| text.as_bytes())));
    }
}

"""The files of an index folder, named in one place."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Layout:
    """File names inside an index folder.

    A *ragged array* is a file of bytes end to end and a file of int64 offsets into it: item i is
    `bytes[offsets[i]:offsets[i + 1]]`.
    """

    manifest: str = "manifest.json"
    vectors: str = "vectors.faiss"
    entities: str = "entities.sqlite"
    popularity: str = "popularity.npy"
    type_names: str = "types.json"
    type_codes: str = "types.npy"
    form_entities: str = "form_entities.npy"
    form_texts: str = "form_texts.bin"
    form_text_offsets: str = "form_texts.npy"
    form_spoken: str = "form_spoken.bin"
    form_spoken_offsets: str = "form_spoken.npy"
    form_phonemes: str = "form_phonemes.bin"
    form_phoneme_offsets: str = "form_phonemes.npy"
    sound_starts: str = "sound_ngram_starts.npy"
    sound_rows: str = "sound_ngram_rows.npy"
    sound_rarity: str = "sound_ngram_rarity.npy"
    sound_lengths: str = "sound_ngram_lengths.npy"
    letter_starts: str = "letter_ngram_starts.npy"
    letter_rows: str = "letter_ngram_rows.npy"
    letter_rarity: str = "letter_ngram_rarity.npy"
    letter_lengths: str = "letter_ngram_lengths.npy"
    facts: str = "facts.npz"

    def data_files(self) -> tuple[str, ...]:
        """Every file but the manifest, sorted by name."""
        names = {str(getattr(self, field.name)) for field in fields(self)}
        return tuple(sorted(names - {self.manifest}))

    def since_later(self) -> frozenset[str]:
        """Files that an index of this format version may lack: earlier er-engines wrote none."""
        return frozenset({self.facts})


LAYOUT = Layout()

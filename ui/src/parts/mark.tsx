/** The mark of the console, as in `icons/source.svg`: a house key whose bow is a speech bubble. */
export function Mark({ size }: { size: number }) {
  return (
    <svg viewBox="0 0 512 512" width={size} height={size} aria-hidden="true" focusable="false">
      <rect width="512" height="512" rx="116" fill="var(--mantine-primary-color-filled)" />
      <path
        fill="var(--mantine-color-white)"
        fillRule="evenodd"
        d="M192 64H320A96 96 0 0 1 320 256H288V288H346A6 6 0 0 1 352 294V314A6 6 0 0 1 346 320H288V352H346A6 6 0 0 1 352 358V378A6 6 0 0 1 346 384H288V424A24 24 0 0 1 264 448H248A24 24 0 0 1 224 424V256H192A96 96 0 0 1 192 64ZM196 128A32 32 0 0 0 196 192H316A32 32 0 0 0 316 128Z"
      />
    </svg>
  );
}

/** The least that a prompt on Ink can be: what it costs is what the toolkit costs. */
import { Box, render, Text, useInput } from 'ink';
import { useState } from 'react';

function Prompt() {
  const [text, setText] = useState('');
  useInput((input, key) => {
    if (!key.ctrl && !key.meta) setText(before => before + input);
  });
  return (
    <Box>
      <Text>{`❯ ${text}`}</Text>
    </Box>
  );
}

render(<Prompt />);

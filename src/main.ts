console.log('duckline');

// Kept on the page: how many messages the kernel has not dealt with yet. Whoever waits
// for a page at rest looks there; a kernel says "idle" after all that a message led to.
const untaken = (by) => {
  const { dataset } = document.documentElement;
  dataset.ckUntaken = Number(dataset.ckUntaken ?? 0) + by;
};
// Callbacks for one message that is being sent.
const whenTaken = () => {
  let isTaken = false;
  untaken(1);
  return { iopub: { status: ({ content }) => {
    if (isTaken || content?.execution_state !== "idle") return;
    isTaken = true;
    untaken(-1);
  } } };
};

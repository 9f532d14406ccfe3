import { type Case, titleOf } from './case.ts'

/**
 * What becomes of the cases without a pipeline, each of which is in exactly one of these tables, by its title or, for all of
 * a suite that are not named themselves, by its suite.
 */
export type Place =
  /** The tests that state the rule; one of them cites the case. */
  | { readonly kind: 'stated'; readonly files: readonly string[] }
  /** A departure on purpose, by its number in docs/coming-from-spark.md, or a mechanism of Spark that the same page names. */
  | { readonly kind: 'departure'; readonly departure: number; readonly reason: string }
  /** The part that it is about is not built yet. */
  | { readonly kind: 'later'; readonly reason: string }

const stated = (...files: readonly string[]): Place => ({ kind: 'stated', files })
const departure = (number: number, reason: string): Place => ({ kind: 'departure', departure: number, reason })
const later = (reason: string): Place => ({ kind: 'later', reason })

const BACK_PRESSURE = later('back-pressure is not built yet')
const KAFKA = later('there is no Kafka source yet')
const KINESIS_CLIENT = later('the Kinesis client library is replaced; its details belong to the Kinesis work')
const ML = later('streaming models are not built yet')
const PAGE = later('the Streaming page is not built yet')
const FILES = departure(9, 'a checkpoint is one head and what it names; there are no checkpoint files to choose from')
const SETTINGS = departure(2, 'settings are those of the program that starts; a checkpoint holds none')
const COMMITTED_ONCE = departure(1, 'a committed batch never runs again on recovery')
const KEPT_STATE = stated('test/conformance/kept-state.test.ts')
const BLOCKS = stated('test/conformance/received-blocks.test.ts')

const SUITES: Readonly<Record<string, Place>> = {
  PIDRateEstimatorSuite: BACK_PRESSURE,
  RateControllerSuite: BACK_PRESSURE,
  RateLimiterSuite: BACK_PRESSURE,
  DirectKafkaStreamSuite: KAFKA,
  KafkaRDDSuite: KAFKA,
  KinesisReceiverSuite: KINESIS_CLIENT,
  KinesisCheckpointerSuite: KINESIS_CLIENT,
  KinesisInputDStreamBuilderSuite: KINESIS_CLIENT,
  StreamingKMeansSuite: ML,
  StreamingLinearRegressionSuite: ML,
  StreamingLogisticRegressionSuite: ML,
  StreamingTestSuite: ML,
  UIUtilsSuite: PAGE,
  StreamingJobProgressListenerSuite: stated('test/local/streaming-context/listeners.test.ts'),
  WriteAheadLogUtilsSuite: BLOCKS,
  WriteAheadLogSuite: departure(
    9,
    'blocks are objects, stored before they are acknowledged; there is no log beside them',
  ),
  WriteAheadLogBackedBlockRDDSuite: BLOCKS,
  TimeSuite: stated('test/util/time-cases.test.ts'),
  DurationSuite: stated('test/util/time-cases.test.ts'),
  RDDSuite: stated('test/rdd/rdd-suite.test.ts', 'test/rdd/actions.test.ts'),
  PairRDDFunctionsSuite: stated('test/rdd/pair-rdd-functions-suite.test.ts', 'test/rdd/actions.test.ts'),
  StreamingContextSuite: stated('test/local/streaming-context/life-cycle.test.ts'),
  StreamingListenerSuite: stated('test/local/streaming-context/listeners.test.ts'),
  InputInfoTrackerSuite: stated('test/local/streaming-context/input-info.test.ts'),
  MapWithStateRDDSuite: stated('test/dstream/record-mapper.test.ts'),
  StateMapSuite: stated('test/dstream/record-mapper.test.ts'),
}

const TITLES: Readonly<Record<string, Place>> = {
  'CheckpointSuite: basic rdd checkpoints + dstream graph checkpoint recovery': KEPT_STATE,
  'CheckpointSuite: SPARK-11267: the race condition of two checkpoints in a batch': FILES,
  'WindowOperationsSuite: window - persistence level': KEPT_STATE,
  'CheckpointSuite: SPARK-28912: getCheckpointFiles': KEPT_STATE,
  'CheckpointSuite: SPARK-6847': KEPT_STATE,
  'CheckpointSuite: DStreamCheckpointData.restore invoking times': KEPT_STATE,
  'CheckpointSuite: recovery with file input stream': COMMITTED_ONCE,
  'CheckpointSuite: recovery of conf through checkpoints': SETTINGS,
  'CheckpointSuite: get correct spark.driver.[host|port] / ui port / blockmanager port': SETTINGS,
  'StreamingContextSuite: start with non-serializable DStream checkpoints': departure(
    9,
    'functions are never serialised, so none is refused for it',
  ),
  'InputStreamsSuite: Modified files are correctly detected.': departure(
    4,
    'a file stream goes by what it has read, not by modification times: every object is read once',
  ),
  'DERIVED: file stream remember window': departure(4, 'a file stream remembers all that it has read, for ever'),
  'DERIVED: batches re-run on recovery': COMMITTED_ONCE,
  'JavaAPISuite: checkpointMasterRecovery': COMMITTED_ONCE,
  'StateMapSuite: EmptyStateMap': KEPT_STATE,
  'BasicOperationsSuite: rdd cleanup - map and window': KEPT_STATE,
  'BasicOperationsSuite: rdd cleanup - updateStateByKey': KEPT_STATE,
  'BasicOperationsSuite: slice - has not been initialized': stated('test/conformance/spark-facts.test.ts'),
  'MapWithStateSuite: mapWithState - checkpoint durations': stated('test/conformance/spark-facts.test.ts'),
  'InputStreamsSuite: file input stream - newFilesOnly = false': stated('test/conformance/spark-facts.test.ts'),
  'InputStreamsSuite: file input stream - wildcard': stated('test/conformance/spark-facts.test.ts'),
  'InputStreamsSuite: binary records stream': stated('test/conformance/spark-facts.test.ts'),
  'MapWithStateRDDSuite: creation from pair RDD': stated('test/conformance/spark-facts.test.ts'),
  'StateMapSuite: OpenHashMapBasedStateMap - put, get, getByTime, getAll, remove with copy': KEPT_STATE,
  'MapWithStateSuite: mapWithState - type inferencing and class tags': stated('test/dstream/types.test-d.ts'),
  'InputStreamsSuite: test track the number of input stream': stated('test/local/streaming-context/input-info.test.ts'),
  'InputStreamsSuite: socket input stream - no block in a batch': stated('test/local/socket-stream.test.ts'),
  'InputStreamsSuite: socket input stream': stated('test/local/socket-stream.test.ts'),
  'ReceivedBlockTrackerSuite: block addition, and block to batch allocation': stated(
    'test/connectors/receiver/receiver-source.test.ts',
  ),
  'ReceivedBlockTrackerSuite: recovery with write ahead logs should remove only allocated blocks from received queue':
    BLOCKS,
  'ReceivedBlockTrackerSuite: recovery and cleanup with write ahead logs': BLOCKS,
  'ReceivedBlockTrackerSuite: block allocation to batch should not loose blocks from received queue': BLOCKS,
  'BlockGeneratorSuite: block generation and data callbacks': stated(
    'test/connectors/receiver/block-generator.test.ts',
  ),
  'ReceiverTrackerSuite: should restart receiver after stopping it': stated(
    'test/connectors/receiver/receiver-source.test.ts',
  ),
  'StreamingContextSuite: stop slow receiver gracefully': stated('test/local/streaming-context/graceful-stop.test.ts'),
  'StreamingContextSuite: getOrCreate': stated('test/local/streaming-context/recovery.test.ts'),
  'StreamingContextSuite: start should set local properties of streaming jobs correctly': stated(
    'test/local/streaming-context/local-properties.test.ts',
  ),
  'StreamingContextSuite: SPARK-22955': stated('test/local/streaming-context/graceful-stop.test.ts'),
  'StreamingListenerSuite: receiver info reporting': stated('test/local/streaming-context/graceful-stop.test.ts'),
  'BasicOperationsSuite: slice': stated('test/conformance/spark-facts.test.ts'),
  'pyspark.BasicOperationTests: slice': stated('test/conformance/spark-facts.test.ts'),
  'pyspark.BasicOperationTests: failed func with reseting failure': departure(
    6,
    'a batch that failed keeps its plan and blocks later ones until it succeeds or is skipped by an explicit act',
  ),
  'pyspark.WindowFunctionTests: reduce by invalid window': stated('test/conformance/spark-facts.test.ts'),
  'JavaAPISuite: queueStream': stated('test/conformance/spark-facts.test.ts'),
  'JavaAPISuite: foreachRDD': stated('test/conformance/spark-facts.test.ts'),
  'InputStreamsSuite: queue input stream - oneAtATime = true': stated('test/conformance/spark-facts.test.ts'),
  'InputStreamsSuite: queue input stream - oneAtATime = false': stated('test/conformance/spark-facts.test.ts'),
  'FailureSuite: multiple failures with map': stated('test/conformance/spark-facts.test.ts'),
  'FailureSuite: multiple failures with updateStateByKey': stated('test/conformance/spark-facts.test.ts'),
  'MapWithStateSuite: state - get, exists, update, remove': stated('test/dstream/record-mapper.test.ts'),
  'MapWithStateRDDSuite: checkpointing empty state RDD': stated('test/conformance/spark-facts.test.ts'),
  'DERIVED: saveAs*Files name': stated('test/conformance/spark-facts.test.ts'),
  'pyspark.util: rddToFileName': stated('test/conformance/spark-facts.test.ts'),
  'DERIVED: print(num) text': stated('test/conformance/spark-facts.test.ts'),
  'DERIVED: first batch time': stated('test/conformance/spark-facts.test.ts'),
  'DERIVED: restart batch time': stated('test/conformance/spark-facts.test.ts'),
  'JobGeneratorSuite: SPARK-6222: Do not clear received block data too soon': stated(
    'test/local/streaming-context/graceful-stop.test.ts',
  ),
  'RecurringTimerSuite: SPARK-10224: call callback after stopping': stated(
    'test/local/streaming-context/graceful-stop.test.ts',
  ),
  'RecurringTimerSuite: basic': stated('test/conformance/spark-facts.test.ts'),
}

/** What becomes of a case; nothing for one that is in no table. */
export function placeOf(given: Pick<Case, 'suite' | 'name'>): Place | undefined {
  return TITLES[titleOf(given)] ?? SUITES[given.suite]
}

/** Titles and suites that the tables name: each must be that of a case. */
export const named: readonly string[] = [...Object.keys(TITLES), ...Object.keys(SUITES)]

/** Why a case without a pipeline is not run. */
export function whyNotRun(given: Case): string {
  const place = placeOf(given)
  switch (place?.kind) {
    case 'stated':
      return `stated by ${place.files.join(', ')}`
    case 'departure':
      return `departure ${place.departure} of docs/coming-from-spark.md: ${place.reason}`
    case 'later':
      return `later work: ${place.reason}`
    case undefined:
      return 'no pipeline, and not in the table of tests that state such cases'
  }
}

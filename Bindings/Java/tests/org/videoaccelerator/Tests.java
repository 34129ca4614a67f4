package org.videoaccelerator;

import java.nio.file.Paths;
import java.util.LinkedHashMap;
import java.util.Map;

/** Runs all tests on the files in a folder, which scripts/test-java has made. */
final class Tests {
  private Tests() {}

  interface Test {
    void run(TestFiles files) throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    TestFiles files = new TestFiles(Paths.get(arguments[0]));
    Map<String, Test> tests = new LinkedHashMap<>();
    tests.put("describesAModel", ModelTests::describesAModel);
    tests.put("opensBytes", ModelTests::opensBytes);
    tests.put("refusesOtherFiles", ModelTests::refusesOtherFiles);
    tests.put("givesTheBytesOfTheCommand", SessionTests::givesTheBytesOfTheCommand);
    tests.put("takesOtherShapes", SessionTests::takesOtherShapes);
    tests.put("refusesOtherBuffers", SessionTests::refusesOtherBuffers);
    tests.put("classifiesPicturesInAllLayouts", SessionTests::classifiesPicturesInAllLayouts);
    tests.put("readsHowPicturesAreShown", SessionTests::readsHowPicturesAreShown);
    tests.put("refusesOtherPictures", SessionTests::refusesOtherPictures);
    tests.put("goesOnFromItsStates", SessionTests::goesOnFromItsStates);
    tests.put("givesThePredictionsOfTheLibrary", StreamTests::givesThePredictionsOfTheLibrary);
    tests.put("restoresAContinualStream", StreamTests::restoresAContinualStream);
    tests.put("refusesOtherOptions", StreamTests::refusesOtherOptions);
    tests.put("sortsClasses", StreamTests::sortsClasses);
    tests.put("closesInAnyOrder", HandleTests::closesInAnyOrder);
    tests.put("threadsShareAModelButNoSession", HandleTests::threadsShareAModelButNoSession);
    tests.put("staysOpenWhileItRuns", HandleTests::staysOpenWhileItRuns);
    tests.put("closesWhatIsForgotten", HandleTests::closesWhatIsForgotten);
    tests.put("keepsNothing", LeakTests::keepsNothing);
    for (Map.Entry<String, Test> test : tests.entrySet()) {
      int before = Check.failures;
      try {
        test.getValue().run(files);
      } catch (Exception error) {
        Check.failures++;
        error.printStackTrace();
      }
      System.out.println((Check.failures == before ? "passed: " : "FAILED: ") + test.getKey());
    }
    System.exit(Check.failures == 0 ? 0 : 1);
  }
}
